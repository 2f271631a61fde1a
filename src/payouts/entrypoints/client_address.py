"""The address of a client, also behind trusted proxies."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Any

from django.conf import settings
from django.http import HttpRequest

_Address = IPv4Address | IPv6Address
_Network = IPv4Network | IPv6Network


def client_address_of(request: HttpRequest) -> str:
    """Return the address that connected, or the one that trusted proxies say connected to them."""
    return find_client_address(request.META, trusted=settings.TRUSTED_PROXIES)


def find_client_address(environ: Mapping[str, Any], *, trusted: Sequence[_Network]) -> str:
    """Return the last address of X-Forwarded-For that is not of a trusted proxy.

    Each proxy appends the address that connected to it. What stands before the first address that
    is not trusted may have been written by the client itself.
    """
    connected = str(environ.get("REMOTE_ADDR", ""))
    if not trusted:
        return connected
    forwarded = str(environ.get("HTTP_X_FORWARDED_FOR", "")).split(",")
    address = connected
    for claimed in reversed(forwarded):
        parsed = _parse(address)
        if not (parsed and any(parsed in network for network in trusted)) or not _parse(claimed):
            break
        address = claimed.strip()
    return address


@lru_cache(maxsize=1024)
def _parse(text: str) -> _Address | None:
    """Parse an address; IPv4 that was mapped to IPv6 is IPv4 again."""
    try:
        address = ip_address(text.strip())
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address
