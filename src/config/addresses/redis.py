"""The address of a Redis, read once for the cache and the broker."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self
from urllib.parse import SplitResult, quote, unquote, urlencode

from config.addresses.parts import in_brackets, query_options, require_host, split_address

SCHEMES = ("redis", "rediss", "unix")
_FILES = ("ssl_ca_certs", "ssl_certfile", "ssl_keyfile")
_TLS_OPTIONS = ("ssl_cert_reqs", "ssl_check_hostname", *_FILES)
_OPTIONS = ("db", "username", "password")
_MAX_DATABASE = 65_535


@dataclass(frozen=True, slots=True, kw_only=True)
class RedisAddress:
    """A server behind a socket (`path`) or at a host, and the database in it."""

    host: str = ""
    port: int = 6379
    path: str = ""
    database: int = 0
    username: str = ""
    password: str = field(default="", repr=False)
    # None without TLS; otherwise redis-py's options, which kombu passes on to redis-py.
    tls: dict[str, str] | None = None

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read redis://, rediss:// or unix://; raise ValueError, which does not quote the address.

        The database is in the path or in `?db=`, the login before the host or in the query.
        """
        parts = split_address(text, SCHEMES)
        has_tls = parts.scheme == "rediss"
        options = query_options(parts, (*_OPTIONS, *(_TLS_OPTIONS if has_tls else ())))
        on_socket = parts.scheme == "unix"
        return cls(
            host="" if on_socket else require_host(parts),
            port=parts.port or 6379,
            path=_socket_path(parts) if on_socket else "",
            database=_database(options.get("db") or ("" if on_socket else parts.path.strip("/"))),
            username=unquote(parts.username or "") or options.get("username", ""),
            password=unquote(parts.password or "") or options.get("password", ""),
            tls=_tls_options(options) if has_tls else None,
        )

    def for_redis_py(self) -> str:
        if self.path:
            return f"unix://{self._login}{quote(self.path)}?db={self.database}"
        return self._url

    def for_kombu(self) -> str:
        if self.path:
            return f"redis+socket://{self._login}{quote(self.path)}?virtual_host={self.database}"
        return self._url

    @property
    def _url(self) -> str:
        scheme = "redis" if self.tls is None else "rediss"
        host = in_brackets(self.host)
        query = f"?{urlencode(self.tls)}" if self.tls else ""
        return f"{scheme}://{self._login}{host}:{self.port}/{self.database}{query}"

    @property
    def _login(self) -> str:
        if not (self.username or self.password):
            return ""
        return f"{quote(self.username, safe='')}:{quote(self.password, safe='')}@"


def _socket_path(parts: SplitResult) -> str:
    if parts.hostname or len(parts.path) <= 1:
        raise ValueError("it names no socket, as in unix:///run/redis.sock")
    return unquote(parts.path)


def _database(text: str) -> int:
    if not text:
        return 0
    if not (text.isdecimal() and int(text) <= _MAX_DATABASE):
        raise ValueError("its database is not a number")
    return int(text)


def _tls_options(options: Mapping[str, str]) -> dict[str, str]:
    """Verify the certificate and the host name, unless the address says otherwise.

    kombu would not: without `ssl_cert_reqs` it accepts any certificate.
    """
    for name in _FILES:
        if name in options and not Path(options[name]).is_file():
            raise ValueError(f"its {name} is not a file")
    files = {name: options[name] for name in _FILES if name in options}
    return {
        "ssl_cert_reqs": _choice(options, "ssl_cert_reqs", "required", "optional", "none"),
        "ssl_check_hostname": _choice(options, "ssl_check_hostname", "true", "false"),
        **files,
    }


def _choice(options: Mapping[str, str], name: str, *choices: str) -> str:
    """Return the option in lower case; the first choice is the default."""
    choice = options.get(name, choices[0]).lower().removeprefix("cert_")
    if choice not in choices:
        raise ValueError(f"its {name} is not one of {', '.join(choices)}")
    return choice
