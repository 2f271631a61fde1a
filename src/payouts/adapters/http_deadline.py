"""One deadline for a whole HTTP exchange, however slowly its bytes arrive."""

import math
import ssl
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from time import monotonic
from typing import Any

from httpcore import ConnectTimeout, NetworkStream, ReadTimeout, SyncBackend, WriteTimeout

_deadline: ContextVar[float] = ContextVar("deadline")


@contextmanager
def deadline_in(seconds: float) -> Iterator[None]:
    """Let the exchange in this block end after so many seconds at the latest."""
    token = _deadline.set(monotonic() + seconds)
    try:
        yield
    finally:
        _deadline.reset(token)


def remaining_seconds(too_late: type[Exception]) -> float:
    """Return the time that is left; raise `too_late` if there is none."""
    remaining = _deadline.get() - monotonic()
    if remaining <= 0:
        raise too_late("the deadline of the exchange has passed")
    return remaining


class DeadlineStream(NetworkStream):
    """Limit each read and write to the time that is left until the deadline."""

    def __init__(self, stream: NetworkStream) -> None:
        self._stream = stream

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, timeout=remaining_seconds(ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, timeout=remaining_seconds(WriteTimeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> NetworkStream:
        remaining = remaining_seconds(ConnectTimeout)
        return DeadlineStream(
            self._stream.start_tls(ssl_context, server_hostname, timeout=remaining)
        )

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


class DeadlineBackend(SyncBackend):
    """Connect within the deadline, and return streams that keep it.

    It cannot limit the look-up of a host name, which has the time-out of the resolver.
    """

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> NetworkStream:
        limit = min(remaining_seconds(ConnectTimeout), timeout or math.inf)
        stream = super().connect_tcp(host, port, limit, local_address, socket_options)
        return DeadlineStream(stream)
