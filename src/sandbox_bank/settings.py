"""What the bank is told by its environment."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Self
from urllib.parse import urlsplit

LOG_FORMATS: Final = ("console", "json")
LOG_LEVELS: Final = ("DEBUG", "INFO", "WARNING", "ERROR")
YES_OR_NO: Final = ("true", "false")

_LONGEST_LATENCY_MILLISECONDS = 60_000
# Base64 of 24 bytes or more, with or without its padding.
_SECRET = re.compile(
    r"whsec_(?:[A-Za-z0-9+/]{4}){8,}(?:[A-Za-z0-9+/]{2}(?:==)?|[A-Za-z0-9+/]{3}=?)?"
)


class SettingsError(Exception):
    """The environment does not say what the bank has to know; `str()` of it is one line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackSettings:
    """Where call-backs go, and what they are signed with."""

    url: str
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    token: str = field(repr=False)
    callbacks: CallbackSettings | None
    base_latency_seconds: float
    keeps_keys: bool
    log_format: str
    log_level: str

    @classmethod
    def read(cls, environment: Mapping[str, str]) -> Self:
        """Raise SettingsError for a missing secret, or for a value that means nothing."""
        return cls(
            token=_token(environment),
            callbacks=_callbacks(environment),
            base_latency_seconds=_latency_milliseconds(environment) / 1000,
            keeps_keys=_choice(environment, "BANK_KEEPS_KEYS", YES_OR_NO) == "true",
            log_format=_choice(environment, "LOG_FORMAT", LOG_FORMATS),
            log_level=_choice(environment, "LOG_LEVEL", LOG_LEVELS, default="INFO"),
        )


def _token(environment: Mapping[str, str]) -> str:
    token = _text(environment, "BANK_TOKEN")
    if not token:
        raise SettingsError("Set BANK_TOKEN, or BANK_TOKEN_FILE, to the token clients must send.")
    return token


def _callbacks(environment: Mapping[str, str]) -> CallbackSettings | None:
    url = _text(environment, "BANK_CALLBACK_URL")
    secret = _text(environment, "BANK_CALLBACK_SECRET")
    if secret and not _SECRET.fullmatch(secret):
        raise SettingsError("BANK_CALLBACK_SECRET must be whsec_ and 24 bytes or more in base64.")
    if not url:
        return None
    if not _is_web_address(url):
        raise SettingsError("BANK_CALLBACK_URL must be http:// or https://, and name a host.")
    if not secret:
        raise SettingsError("With BANK_CALLBACK_URL, set BANK_CALLBACK_SECRET or its _FILE.")
    return CallbackSettings(url=url, secret=secret)


def _is_web_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.hostname)


def _text(environment: Mapping[str, str], name: str) -> str:
    path = environment.get(f"{name}_FILE")
    try:
        text = Path(path).read_text("utf-8") if path else environment.get(name, "")
    except (OSError, ValueError) as error:
        raise SettingsError(f"{name}_FILE cannot be read: {error}") from error
    return text.strip()


def _latency_milliseconds(environment: Mapping[str, str]) -> int:
    text = environment.get("BANK_LATENCY_MS") or "0"
    if not (text.isascii() and text.isdigit() and int(text) <= _LONGEST_LATENCY_MILLISECONDS):
        raise SettingsError(
            f"BANK_LATENCY_MS must be a whole number from 0 to {_LONGEST_LATENCY_MILLISECONDS}."
        )
    return int(text)


def _choice(
    environment: Mapping[str, str], name: str, choices: tuple[str, ...], default: str = ""
) -> str:
    chosen = environment.get(name) or default or choices[0]
    for choice in choices:
        if chosen.lower() == choice.lower():
            return choice
    raise SettingsError(f"{name} must be one of {', '.join(choices)}.")
