"""The bank's settings, read from environment variables."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Self
from urllib.parse import urlsplit

import click

_MAX_LATENCY_MS: Final = 60_000
# Base64 of 24 bytes or more, with or without padding, as Standard Webhooks asks for.
_SECRET: Final = re.compile(
    r"whsec_(?:[A-Za-z0-9+/]{4}){8,}(?:[A-Za-z0-9+/]{2}(?:==)?|[A-Za-z0-9+/]{3}=?)?"
)


class SettingsError(click.ClickException):
    """A setting is missing or wrong; the text is one line that names it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackSettings:
    url: str
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    token: str = field(repr=False)
    callbacks: CallbackSettings | None
    latency_seconds: float
    keeps_keys: bool
    log_format: str
    log_level: str

    @classmethod
    def read(cls, environment: Mapping[str, str]) -> Self:
        """Raise SettingsError if a setting is missing or wrong."""
        token = _read_secret(environment, "BANK_TOKEN")
        if not token:
            raise SettingsError("Set BANK_TOKEN or BANK_TOKEN_FILE: clients must send this token.")
        return cls(
            token=token,
            callbacks=_read_callbacks(environment),
            latency_seconds=_read_milliseconds(environment, "BANK_LATENCY_MS") / 1000,
            keeps_keys=_read_choice(environment, "BANK_KEEPS_KEYS", "true", "false") == "true",
            log_format=_read_choice(environment, "LOG_FORMAT", "console", "json"),
            log_level=_read_choice(environment, "LOG_LEVEL", "info", "debug", "warning", "error"),
        )


def _read_secret(environment: Mapping[str, str], name: str) -> str:
    """Return the variable, or the content of the file that NAME_FILE names, or an empty text."""
    given, path = environment.get(name, ""), environment.get(f"{name}_FILE", "")
    if given and path:
        raise SettingsError(f"Set {name} or {name}_FILE, not both.")
    if not path:
        return given.strip()
    try:
        content = Path(path).read_text("utf-8").strip()
    except (OSError, ValueError) as error:
        raise SettingsError(f"{name}_FILE cannot be read: {error}") from error
    if not content:
        raise SettingsError(f"{name}_FILE names an empty file: {path}")
    return content


def _read_callbacks(environment: Mapping[str, str]) -> CallbackSettings | None:
    url = environment.get("BANK_CALLBACK_URL", "").strip()
    secret = _read_secret(environment, "BANK_CALLBACK_SECRET")
    if secret and not _SECRET.fullmatch(secret):
        raise SettingsError("BANK_CALLBACK_SECRET must be whsec_ and 24 bytes or more in base64.")
    if not url:
        return None
    if not _is_http_url(url):
        raise SettingsError("BANK_CALLBACK_URL must start with http:// or https:// and a host.")
    if not secret:
        raise SettingsError("BANK_CALLBACK_URL needs BANK_CALLBACK_SECRET or its _FILE.")
    return CallbackSettings(url=url, secret=secret)


def _is_http_url(text: str) -> bool:
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.hostname)


def _read_milliseconds(environment: Mapping[str, str], name: str) -> int:
    text = environment.get(name) or "0"
    if not (re.fullmatch("[0-9]{1,5}", text) and int(text) <= _MAX_LATENCY_MS):
        raise SettingsError(f"{name} must be a whole number from 0 to {_MAX_LATENCY_MS}.")
    return int(text)


def _read_choice(environment: Mapping[str, str], name: str, *choices: str) -> str:
    """Return the chosen word in lower case; the first choice is the default."""
    choice = (environment.get(name) or choices[0]).lower()
    if choice not in choices:
        raise SettingsError(f"{name} must be one of {', '.join(choices)}.")
    return choice
