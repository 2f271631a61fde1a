"""Structured logs: one line per fact, as JSON or for human eyes, with account numbers masked."""

import logging.config
import re
import sys
from collections.abc import Mapping, MutableMapping
from typing import Any

import structlog
from django.core.exceptions import ImproperlyConfigured
from structlog.typing import Processor

_EventDict = MutableMapping[str, Any]

_SECRET_NAMES = re.compile(
    r"account|iban|token|password|secret|authorization|cookie", re.IGNORECASE
)
# What PostgreSQL appends to an error quotes whole rows, account numbers included. It need not
# start a line: Celery logs the repr of an exception.
_QUOTED_ROWS = re.compile(r"(?:DETAIL|CONTEXT|LINE \d+|QUERY|STATEMENT):.*$", re.MULTILINE)


def mask(_logger: object, _method: str, event: _EventDict) -> _EventDict:
    """Hide values by the names of their fields, and the rows that database errors quote."""
    return {name: _masked(name, value) for name, value in event.items()}


def _masked(name: str, value: Any) -> Any:
    if _SECRET_NAMES.search(name):
        return "***"
    if isinstance(value, Mapping):
        return {str(key): _masked(str(key), inner) for key, inner in value.items()}
    if isinstance(value, str) and name in {"exception", "event"}:
        return _QUOTED_ROWS.sub("(details left out)", value)
    return value


def _renderer(format_: str) -> list[Processor]:
    match format_:
        case "json":
            return [structlog.processors.format_exc_info, mask, structlog.processors.JSONRenderer()]
        case "console":
            plain = structlog.dev.ConsoleRenderer(
                colors=sys.stderr.isatty(),
                timestamp_key="at",
                exception_formatter=structlog.dev.plain_traceback,
            )
            return [structlog.processors.format_exc_info, mask, plain]
        case _:
            raise ImproperlyConfigured(f"LOG_FORMAT must be json or console, not {format_!r}.")


def configure(*, format_: str, level: str) -> None:
    """Send the logs of all libraries and our own through one formatter to standard error."""
    level = level.upper()
    if level not in logging.getLevelNamesMapping():
        raise ImproperlyConfigured(f"LOG_LEVEL {level!r} is not a level of Python's logging.")
    facts: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *facts,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "formatters": {
                "structured": {
                    "()": structlog.stdlib.ProcessorFormatter,
                    "foreign_pre_chain": facts,
                    "processors": [
                        structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                        *_renderer(format_),
                    ],
                }
            },
            "handlers": {"stream": {"class": "logging.StreamHandler", "formatter": "structured"}},
            "root": {"handlers": ["stream"], "level": level},
            "loggers": {
                # Our own facts say more than these, once instead of twice.
                "celery.app.trace": {"level": "WARNING"},
                "celery.worker.strategy": {"level": "WARNING"},
                "celery.beat": {"level": "WARNING"},
                "django.request": {"level": "CRITICAL"},
                "django.security": {"level": "CRITICAL"},
            },
        }
    )
