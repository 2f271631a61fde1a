"""Look-ups of host names with a limit in time."""

import socket
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from ipaddress import ip_address
from threading import BoundedSemaphore, Lock, Thread

from payouts.domain.webhooks.addresses import Address

type LookUp = Callable[[str], Sequence[Address]]


class NameNotResolvedError(Exception):
    """There is no address for the name, or none was found in time."""


def system_look_up(host: str) -> Sequence[Address]:
    """Ask the resolver of the operating system, which has a time-out of its own."""
    found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    # Without duplicates, in the order that the system prefers.
    return list(dict.fromkeys(ip_address(str(each[4][0])) for each in found))


class Resolver:
    """Look names up in threads, because a look-up cannot be interrupted. Nothing is cached.

    Requests for a name whose look-up is in progress wait for that one. So a name that hangs
    occupies one of the `max_look_ups` threads, and holds up no other name.
    """

    def __init__(self, look_up: LookUp = system_look_up, *, max_look_ups: int = 64) -> None:
        self._look_up = look_up
        self._free = BoundedSemaphore(max_look_ups)
        self._in_progress: dict[str, Future[Sequence[Address]]] = {}
        self._lock = Lock()

    def resolve(self, host: str, *, timeout_seconds: float) -> Sequence[Address]:
        """Return at least one address; raise NameNotResolvedError."""
        try:
            addresses = self._future(host).result(timeout_seconds)
        except TimeoutError:
            raise NameNotResolvedError(f"the look-up of {host} took too long") from None
        except (OSError, UnicodeError) as error:
            raise NameNotResolvedError(f"the name {host} has no address") from error
        if not addresses:
            raise NameNotResolvedError(f"the name {host} has no address")
        return addresses

    def _future(self, host: str) -> Future[Sequence[Address]]:
        with self._lock:
            future = self._in_progress.get(host)
            if future:
                return future
            if not self._free.acquire(blocking=False):
                raise NameNotResolvedError("too many look-ups are in progress")
            future = self._in_progress[host] = Future()
            # A daemon, so that a look-up that hangs does not delay the end of the process.
            Thread(target=self._run, args=(host, future), name="resolver", daemon=True).start()
        return future

    def _run(self, host: str, future: Future[Sequence[Address]]) -> None:
        try:
            addresses = self._look_up(host)
        except Exception as error:
            self._forget(host)
            future.set_exception(error)
        else:
            self._forget(host)
            future.set_result(addresses)

    def _forget(self, host: str) -> None:
        with self._lock:
            del self._in_progress[host]
        self._free.release()
