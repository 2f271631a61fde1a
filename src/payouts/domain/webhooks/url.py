"""The URL of an endpoint, parsed strictly and once.

Parsers of URLs disagree about unusual ones, and such a disagreement is a way round the check of the
address. So what is not plain is refused.
"""

import re
from contextlib import suppress
from dataclasses import dataclass
from ipaddress import AddressValueError, IPv4Address, IPv6Address
from typing import Final, Self

from payouts.domain.errors import WebhookUrlMalformedError
from payouts.domain.webhooks.addresses import Address

URL_LIMIT: Final = 1000
URL_PATTERN: Final = "https?://[!-~]+"

_URL = re.compile(
    r"(?P<scheme>https?)://(?P<authority>[^/?#]*)(?P<target>[^#]*)(?P<fragment>#.*)?", re.DOTALL
)
_AUTHORITY = re.compile(r"(?P<host>\[[^\[\]]*\]|[^\[\]:]*)(?::(?P<port>.*))?")
_VISIBLE_ASCII = re.compile(r"[!-~]+")
_LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?")
# Hosts that end in a number, like 2130706433, 0x7f000001 and 127.1, are IPv4 addresses to some
# parsers (WHATWG URL, 3.5).
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
_PORT = re.compile(r"[1-9][0-9]{0,4}")
_DEFAULT_PORTS = {"http": 80, "https": 443}
_NAME_LIMIT = 253
_LARGEST_PORT = 65_535


@dataclass(frozen=True, slots=True)
class WebhookUrl:
    """`host` is a name in lower case, or an IP address, IPv6 without brackets."""

    text: str
    scheme: str
    host: str
    port: int
    target: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Raise WebhookUrlMalformedError, which says what is wrong."""
        if len(text) > URL_LIMIT:
            raise WebhookUrlMalformedError(f"The URL may have up to {URL_LIMIT} characters.")
        if not _VISIBLE_ASCII.fullmatch(text) or "\\" in text:
            raise WebhookUrlMalformedError(
                "The URL may contain visible ASCII characters only, and no backslash. Write a name"
                " with other letters in its ASCII form (xn--), and other characters as %XX."
            )
        parts = _URL.fullmatch(text)
        if not parts:
            raise WebhookUrlMalformedError("The URL must begin with https:// or http://.")
        if parts["fragment"] is not None:
            raise WebhookUrlMalformedError("The URL may have no fragment (#).")
        scheme, target = parts["scheme"], parts["target"]
        host, port = _read_authority(parts["authority"])
        return cls(
            text=text,
            scheme=scheme,
            host=host,
            port=port or _DEFAULT_PORTS[scheme],
            target=target if target.startswith("/") else f"/{target}",
        )

    @property
    def is_plain(self) -> bool:
        """Return whether it is not encrypted."""
        return self.scheme == "http"

    @property
    def address(self) -> Address | None:
        """Return the host as an IP address, or None if it is a name."""
        for kind in (IPv4Address, IPv6Address):
            with suppress(AddressValueError):
                return kind(self.host)
        return None

    @property
    def netloc(self) -> str:
        """Return host and port as the Host header has them."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"


def _read_authority(authority: str) -> tuple[str, int | None]:
    if "@" in authority:
        raise WebhookUrlMalformedError("The URL may contain no user name and no password.")
    parts = _AUTHORITY.fullmatch(authority)
    if not parts:
        raise WebhookUrlMalformedError("The host of the URL is malformed.")
    host, port = parts["host"].lower(), parts["port"]
    if port is not None and not (_PORT.fullmatch(port) and int(port) <= _LARGEST_PORT):
        raise WebhookUrlMalformedError("The port of the URL must be a number from 1 to 65535.")
    return _read_host(host), int(port) if port else None


def _read_host(host: str) -> str:
    if host.startswith("["):
        return _read_ipv6(host.strip("[]"))
    labels = host.split(".")
    if _NUMBER.fullmatch(labels[-1]):
        return _read_ipv4(host)
    if len(host) > _NAME_LIMIT or not all(_LABEL.fullmatch(label) for label in labels):
        raise WebhookUrlMalformedError(
            "The host of the URL must be a name of letters, digits, hyphens and dots, without a dot"
            " at the end, or an IP address."
        )
    return host


def _read_ipv4(host: str) -> str:
    try:
        return str(IPv4Address(host))
    except AddressValueError:
        raise WebhookUrlMalformedError(
            "Write an IPv4 address as four decimal numbers without leading zeros."
        ) from None


def _read_ipv6(host: str) -> str:
    try:
        address = IPv6Address(host)
    except AddressValueError:
        raise WebhookUrlMalformedError("The IPv6 address of the URL is malformed.") from None
    if address.scope_id is not None:
        raise WebhookUrlMalformedError("The IPv6 address of the URL may have no zone (%).")
    return str(address)
