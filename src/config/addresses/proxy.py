"""The address of an HTTP proxy for webhooks."""

from config.addresses.parts import require_host, split_address

_SCHEMES = ("http", "https")


def check_proxy(text: str) -> str:
    """Return the address, which may hold a login; raise ValueError, which does not quote it."""
    parts = split_address(text, _SCHEMES)
    require_host(parts)
    if parts.path not in {"", "/"} or "?" in text or "#" in text:
        raise ValueError("it has more than a host and a port")
    return text.rstrip("/")
