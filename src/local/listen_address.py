"""The address on which the service listens: a name or an address, IPv4 or IPv6."""

import socket
import time
from dataclasses import dataclass

from local.errors import LocalError

POLL_SECONDS = 0.02
# A wildcard is not an address to connect to.
CONNECTABLE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104  compared, not bound


@dataclass(frozen=True, slots=True)
class ListenAddress:
    """`host` as it was given, `ip` to listen on."""

    host: str
    ip: str
    port: int

    @property
    def url(self) -> str:
        """The address for people, with the name that they gave."""
        return f"http://{in_url(CONNECTABLE.get(self.host, self.host))}:{self.port}"


def free_address(host: str, port: int, *, limit_seconds: float) -> ListenAddress:
    """Return an address of the host on which the port is free.

    Wait for it up to the limit, then raise LocalError.
    """
    deadline = time.monotonic() + limit_seconds
    candidates = _resolve(host, port)
    while True:
        errors = [_obstacle(family, ip, port) for family, ip in candidates]
        for (_, ip), error in zip(candidates, errors, strict=True):
            if error is None:
                return ListenAddress(host, ip, port)
        if time.monotonic() > deadline:
            reason = errors[0].strerror if errors and errors[0] else ""
            raise LocalError(f"port {port} of {host} cannot be used: {reason}; try --port")
        time.sleep(POLL_SECONDS)


def in_url(host: str) -> str:
    """Write a host as URLs have it: IPv6 addresses in brackets (RFC 3986, 3.2.2)."""
    return f"[{host}]" if ":" in host else host


def _resolve(host: str, port: int) -> list[tuple[socket.AddressFamily, str]]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "no valid name"
        raise LocalError(f"HOST={host} is not a name or an address here: {reason}") from error
    return [(family, str(address[0])) for family, _, _, _, address in found]


def _obstacle(family: socket.AddressFamily, ip: str, port: int) -> OSError | None:
    try:
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((ip, port))
    except OSError as error:
        return error
    return None
