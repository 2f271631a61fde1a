"""Structured logs: one line per fact, as JSON or for human eyes, with account numbers masked."""

import json
import logging.config
import re
import sys
from collections.abc import Mapping, MutableMapping
from functools import lru_cache
from typing import Any, BinaryIO, Literal, cast, override

import orjson
import structlog
from structlog.typing import Processor

from payouts.adapters.log_stream import LogStream, standard_error

_EventDict = MutableMapping[str, Any]

_SECRET_NAMES = re.compile(
    r"account|iban|token|password|secret|authorization|cookie", re.IGNORECASE
)
_MAY_QUOTE = frozenset({"exception", "event"})
# PostgreSQL appends details to an error, which quote whole rows, account numbers included. They
# need not start a line: Celery logs the repr of an exception.
_QUOTED_ROWS = re.compile(r"(?:DETAIL|CONTEXT|LINE \d+|QUERY|STATEMENT):.*$", re.MULTILINE)


def mask(_logger: object, _method: str, event: _EventDict) -> _EventDict:
    """Hide values by the names of their fields, and the rows that database errors quote."""
    for name, value in event.items():
        if _is_secret(name):
            event[name] = "***"
        elif isinstance(value, Mapping):
            event[name] = mask(None, "", {str(key): inner for key, inner in value.items()})
        elif name in _MAY_QUOTE and isinstance(value, str):
            event[name] = _QUOTED_ROWS.sub("(details left out)", value)
    return event


@lru_cache(maxsize=1024)
def _is_secret(name: str) -> bool:
    return bool(_SECRET_NAMES.search(name))


def _name(_logger: object, _method: str, event: _EventDict) -> _EventDict:
    event["logger"] = "payouts"
    return event


def _to_json(event: Any, **options: Any) -> bytes:
    try:
        return orjson.dumps(event, **options)
    except TypeError:  # half a surrogate pair, which orjson refuses; no line may be lost for it
        return json.dumps(event, **options).encode()


def _renderer(format_: Literal["json", "console"]) -> Processor:
    match format_:
        case "json":
            return structlog.processors.JSONRenderer(serializer=_to_json)
        case "console":
            return structlog.dev.ConsoleRenderer(
                colors=bool(sys.stderr and sys.stderr.isatty()),
                timestamp_key="at",
                exception_formatter=structlog.dev.plain_traceback,
            )


def _as_text(_logger: object, _method: str, line: Any) -> str:
    return line.decode() if isinstance(line, bytes) else line


def _as_bytes(_logger: object, _method: str, line: Any) -> bytes:
    return line if isinstance(line, bytes) else _encode(line)


def _encode(line: str) -> bytes:
    # Half a surrogate pair cannot be encoded; no line may be lost for it.
    return line.encode(errors="backslashreplace")


def _add_dropped(_logger: object, _method: str, event: _EventDict) -> _EventDict:
    """Say in the lines that can be written that others could not."""
    stream = standard_error()
    if stream.dropped_recently:
        event["log_lines_dropped"] = stream.dropped
    return event


class LogStreamHandler(logging.Handler):
    """Writes the standard library's log records to a LogStream, which drops what it cannot write.

    `logging.StreamHandler` prints a traceback to the same standard error instead.
    """

    def __init__(self, stream: LogStream) -> None:
        super().__init__()
        self.stream = stream

    @override
    def emit(self, record: logging.LogRecord) -> None:
        try:
            line = self.format(record)
        except Exception:  # a library's mistake in a log call must not fail what it does
            self.stream.count_dropped()
        else:
            self.stream.write(_encode(f"{line}\n"))


_TIME = structlog.processors.TimeStamper(fmt="iso", utc=True, key="at")


def configure(*, format_: Literal["json", "console"], level: str) -> None:
    """Send our own logs and those of all libraries to standard error, in one form.

    Ours go there directly: through the standard library's handlers a line costs five times as
    much, and there are two in each request.
    """
    rendered: list[Processor] = [
        structlog.processors.format_exc_info,
        _add_dropped,
        mask,
        _renderer(format_),
    ]
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            _name,
            _TIME,
            *rendered,
            _as_bytes,
        ],
        logger_factory=structlog.BytesLoggerFactory(cast("BinaryIO", standard_error())),
        wrapper_class=structlog.make_filtering_bound_logger(level),
        cache_logger_on_first_use=True,
    )
    # Python would print warnings to standard error itself, as text, and wait for its reader.
    logging.captureWarnings(capture=True)
    _configure_libraries(rendered, level)


def _configure_libraries(rendered: list[Processor], level: str) -> None:
    """Give the standard library's loggers, which all libraries use, the form of our own lines."""
    formatter = {
        "()": structlog.stdlib.ProcessorFormatter,
        "foreign_pre_chain": [
            structlog.contextvars.merge_contextvars,
            structlog.stdlib.add_log_level,
            structlog.stdlib.add_logger_name,
            _TIME,
        ],
        "processors": [
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            *rendered,
            _as_text,
        ],
    }
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "formatters": {"structured": formatter},
            "handlers": {
                "stream": {
                    "()": LogStreamHandler,
                    "stream": standard_error(),
                    "formatter": "structured",
                }
            },
            "root": {"handlers": ["stream"], "level": level},
            "loggers": {
                # Our own lines contain the facts of these, and more.
                "celery.app.trace": {"level": "WARNING"},
                "celery.worker.strategy": {"level": "WARNING"},
                "celery.beat": {"level": "WARNING"},
                "django.request": {"level": "CRITICAL"},
                "django.security": {"level": "CRITICAL"},
                "axes": {"level": "ERROR"},
            },
        }
    )
