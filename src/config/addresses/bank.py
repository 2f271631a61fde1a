"""The address of a payment provider over HTTP."""

from config.addresses.parts import require_host, split_address

_SCHEMES = ("http", "https")


def check_bank(text: str) -> str:
    """Return the address; raise ValueError, which does not quote it.

    A login is refused because BANK_TOKEN authenticates, and a query because paths follow.
    """
    parts = split_address(text, _SCHEMES)
    require_host(parts)
    if "@" in parts.netloc:
        raise ValueError("it holds a login, which BANK_TOKEN replaces")
    if "?" in text or "#" in text:
        raise ValueError("it has a query or a fragment")
    return text.rstrip("/")
