"""What the bank is told by its environment."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Self

LOG_FORMATS: Final = ("console", "json")
LOG_LEVELS: Final = ("DEBUG", "INFO", "WARNING", "ERROR")
YES_OR_NO: Final = ("true", "false")

_LONGEST_LATENCY_MILLISECONDS = 60_000


class SettingsError(Exception):
    """The environment does not say what the bank has to know; `str()` of it is one line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    token: str = field(repr=False)
    base_latency_seconds: float
    keeps_keys: bool
    log_format: str
    log_level: str

    @classmethod
    def read(cls, environment: Mapping[str, str]) -> Self:
        """Raise SettingsError for a missing token, or for a value that means nothing."""
        return cls(
            token=_token(environment),
            base_latency_seconds=_latency_milliseconds(environment) / 1000,
            keeps_keys=_choice(environment, "BANK_KEEPS_KEYS", YES_OR_NO) == "true",
            log_format=_choice(environment, "LOG_FORMAT", LOG_FORMATS),
            log_level=_choice(environment, "LOG_LEVEL", LOG_LEVELS, default="INFO"),
        )


def _token(environment: Mapping[str, str]) -> str:
    path = environment.get("BANK_TOKEN_FILE")
    try:
        text = Path(path).read_text("utf-8") if path else environment.get("BANK_TOKEN", "")
    except (OSError, ValueError) as error:
        raise SettingsError(f"BANK_TOKEN_FILE cannot be read: {error}") from error
    token = text.strip()
    if not token:
        raise SettingsError("Set BANK_TOKEN, or BANK_TOKEN_FILE, to the token clients must send.")
    return token


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
