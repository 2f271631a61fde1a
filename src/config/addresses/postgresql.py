"""The address of the database, with the options that libpq knows."""

import re
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict

_SCHEMES = ("postgresql://", "postgres://")
# Where Django's settings have a key of their own. All other options of libpq go into OPTIONS.
_KEYS = {"dbname": "NAME", "user": "USER", "password": "PASSWORD", "host": "HOST", "port": "PORT"}
_SSL_MODES = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")
# libpq quotes the address in its other messages.
_UNKNOWN_OPTION = re.compile(r'invalid URI query parameter: "[A-Za-z0-9_.-]+"')
_DEFAULTS = {"connect_timeout": "3"}
_SESSION = (
    # In milliseconds. Statements are short here: one that takes longer is stuck.
    "-c statement_timeout=5000 -c lock_timeout=2000 -c idle_in_transaction_session_timeout=10000"
    # Compiling a statement takes longer than running any of ours.
    " -c jit=off"
)


def parse_database(url: str) -> dict[str, Any]:
    """Return the database as Django's setting has it; options in the address replace our defaults.

    Raise ValueError, which does not quote the address.
    """
    given = _split(url)
    options = {name: text for name, text in given.items() if name not in _KEYS}
    # PostgreSQL takes the last of two values.
    session = " ".join(filter(None, (_SESSION, options.pop("options", ""))))
    return {
        "CONN_MAX_AGE": 600,
        "CONN_HEALTH_CHECKS": True,
        **{key: given.get(name, "") for name, key in _KEYS.items()},
        "OPTIONS": {**_DEFAULTS, **options, "options": session},
    }


def _split(url: str) -> dict[str, str]:
    if not url.startswith(_SCHEMES):
        raise ValueError("its scheme is not postgresql")
    try:
        given = conninfo_to_dict(url)
    except psycopg.ProgrammingError as error:
        unknown = _UNKNOWN_OPTION.search(str(error))
        raise ValueError(unknown[0] if unknown else "it cannot be read") from None
    options = {name: str(text) for name, text in given.items()}
    _check(options)
    return options


def _check(options: dict[str, str]) -> None:
    """Refuse what libpq would refuse only when it connects."""
    if not (options.get("dbname") or options.get("service")):
        raise ValueError("it names no database")
    ports = options["port"].split(",") if "port" in options else []
    if not all(port.isdecimal() and 0 < int(port) < 65_536 for port in ports if port):  # noqa: PLR2004
        raise ValueError("its port is not a number from 1 to 65535")
    if options.get("sslmode", "prefer") not in _SSL_MODES:
        raise ValueError(f"its sslmode is not one of {', '.join(_SSL_MODES)}")
    if not re.fullmatch(r"-?[0-9]{1,9}", options.get("connect_timeout", "0")):
        raise ValueError("its connect_timeout is not a number of seconds")
