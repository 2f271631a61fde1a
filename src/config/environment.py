"""Variables of the environment; each may come from a file instead: NAME_FILE for NAME."""

import os
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured


def read(name: str, default: str | None = None) -> str:
    """Return the variable; raise ImproperlyConfigured if it is not set and has no default."""
    if value := os.environ.get(name):
        return value
    if path := os.environ.get(f"{name}_FILE"):
        return _content(name, Path(path))
    if default is None:
        raise ImproperlyConfigured(f"Set {name}, or {name}_FILE to the path of a file with it.")
    return default


def read_list(name: str, default: str) -> list[str]:
    return [item.strip() for item in read(name, default).split(",") if item.strip()]


def read_bool(name: str, *, default: bool) -> bool:
    text = read(name, str(default)).lower()
    if text not in {"1", "true", "yes", "on", "0", "false", "no", "off"}:
        raise ImproperlyConfigured(f"{name} must be true or false, not {text!r}.")
    return text in {"1", "true", "yes", "on"}


def _content(name: str, path: Path) -> str:
    try:
        return path.read_text().strip()
    except OSError as error:
        raise ImproperlyConfigured(
            f"{name}_FILE cannot be read: {error.strerror}: {path}"
        ) from error
