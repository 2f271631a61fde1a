"""What all addresses have in common. No error quotes an address, because it may hold a password."""

import re
from collections.abc import Collection, Mapping
from ipaddress import IPv6Address
from urllib.parse import SplitResult, parse_qsl, urlsplit

_HOST = re.compile(r"[A-Za-z0-9_]([A-Za-z0-9_.-]*[A-Za-z0-9_.])?")


def split_address(text: str, schemes: Collection[str]) -> SplitResult:
    """Raise ValueError for another scheme, for characters that no URL has, and for a bad port."""
    if not (text.isascii() and text.isprintable()) or " " in text:
        raise ValueError("it has spaces, or characters that are not ASCII")
    try:
        parts = urlsplit(text)
    except ValueError:
        raise ValueError("its brackets are wrong") from None
    if parts.scheme not in schemes:
        raise ValueError(f"its scheme is not one of {', '.join(schemes)}")
    if not _has_valid_port(parts):
        raise ValueError("its port is not a number from 1 to 65535")
    return parts


def require_host(parts: SplitResult) -> str:
    """Return a name or an IP address, IPv6 without brackets; raise ValueError if it is neither."""
    host = parts.hostname or ""
    if not host:
        raise ValueError("it names no host")
    if not (_HOST.fullmatch(host) or (":" in host and _is_ipv6(host))):
        raise ValueError("its host is not a name or an IP address")
    return host


def in_brackets(host: str) -> str:
    """Write a host as URLs have it: IPv6 addresses in brackets (RFC 3986, 3.2.2)."""
    return f"[{host}]" if ":" in host else host


def query_options(parts: SplitResult, known: Collection[str]) -> Mapping[str, str]:
    """Raise ValueError for an option that is not known, or given twice."""
    pairs = parse_qsl(parts.query, keep_blank_values=True)
    options = dict(pairs)
    for name in options:
        if name not in known:
            raise ValueError(f"it has an unknown option {name!r}")
    if len(options) != len(pairs):
        raise ValueError("it gives an option twice")
    return options


def _has_valid_port(parts: SplitResult) -> bool:
    try:
        return parts.port != 0
    except ValueError:
        return False


def _is_ipv6(host: str) -> bool:
    try:
        IPv6Address(host)
    except ValueError:
        return False
    return True
