"""One line per event on standard output, for people or for machines."""

import json
import logging
import sys
from datetime import UTC, datetime
from typing import Any

_VISIBLE_TAIL = 4
_OUR_LOGS = "sandbox_bank."


def mask_account(account: str) -> str:
    """Hide all but the last four characters, and at least four of a short number."""
    hidden = max(len(account) - _VISIBLE_TAIL, _VISIBLE_TAIL)
    return "*" * hidden + account[hidden:]


def start_logging(*, log_format: str, level: str) -> None:
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(JsonLine() if log_format == "json" else ConsoleLine())
    logging.basicConfig(level=level, handlers=[handler])


class JsonLine(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        return json.dumps({**_heading(record), **_facts(record, self)}, default=str)


class ConsoleLine(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        facts = (f"{name}={_quote(value)}" for name, value in _facts(record, self).items())
        return " ".join((*_heading(record).values(), *facts))


def _quote(value: object) -> str:
    # As JSON no value can break the line, whatever a client put into it.
    is_word = isinstance(value, str) and value.isascii() and value.isalnum()
    return str(value) if is_word else json.dumps(value, default=str)


def _heading(record: logging.LogRecord) -> dict[str, str]:
    return {
        "timestamp": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
        "level": record.levelname.lower(),
        "event": " ".join(record.getMessage().split()),
    }


def _facts(record: logging.LogRecord, formatter: logging.Formatter) -> dict[str, Any]:
    facts: dict[str, Any] = dict(getattr(record, "facts", {}))
    if record.exc_info and record.exc_info[0]:
        # The server's own errors quote what a client sent, which may be an account number.
        is_ours = record.name.startswith(_OUR_LOGS)
        name = record.exc_info[0].__name__
        facts["exception"] = formatter.formatException(record.exc_info) if is_ours else name
    return facts
