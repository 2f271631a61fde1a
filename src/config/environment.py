"""Every setting that differs between deployments: read, typed and checked in this one place."""

from collections.abc import Mapping
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from django.core.exceptions import ImproperlyConfigured
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails

from config.addresses.bank import check_bank
from config.addresses.broker import parse_broker
from config.addresses.postgresql import parse_database
from config.addresses.proxy import check_proxy
from config.addresses.redis import RedisAddress
from payouts.domain.errors import CurrencyUnknownError
from payouts.domain.money import MAX_MINOR_UNITS, Currency

_HOST = r"^(\*|\.?[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*|\[[0-9A-Fa-f:.]+\])$"
_WHSEC = r"^whsec_(?:[A-Za-z0-9+/]{4}){8,}(?:[A-Za-z0-9+/]{2}(?:==)?|[A-Za-z0-9+/]{3}=?)?$"
_MAX_QUOTED = 60


def _wanted(description: str, *, secret: bool = False, **constraints: Any) -> Any:
    """Describe what the variable must be; errors do not quote a secret."""
    return Field(description=description, repr=not secret, **constraints)


def _number(low: int, high: int) -> Any:
    return _wanted(f"a whole number from {low} to {high}", ge=low, le=high)


def _split_list(text: str) -> list[str]:
    return [item.strip() for item in text.split(",") if item.strip()]


def _check_currency(code: str) -> str:
    try:
        currency = Currency.parse(code)
    except CurrencyUnknownError:
        raise ValueError(f"{code!r} is none") from None
    if currency.minor_units > MAX_MINOR_UNITS:
        raise ValueError(f"{code} has too many decimals")
    return code


class Environment(BaseModel):
    """The environment variables of the service. A field is named as its variable, in lower case."""

    model_config = ConfigDict(frozen=True)

    secret_key: Annotated[str, _wanted("any text", secret=True)]
    database_url: Annotated[
        dict[str, Any],
        BeforeValidator(parse_database),
        _wanted("postgresql://USER:PASSWORD@HOST:PORT/NAME", secret=True),
    ]
    redis_url: Annotated[
        RedisAddress,
        BeforeValidator(RedisAddress.parse),
        _wanted("redis://HOST:PORT/DATABASE, rediss:// with TLS, or unix:///PATH", secret=True),
    ]
    celery_broker_url: Annotated[
        str | None,
        BeforeValidator(parse_broker),
        _wanted("the address of a Redis, as REDIS_URL, or amqp:// of RabbitMQ", secret=True),
    ] = None
    bank_url: Annotated[
        str, AfterValidator(check_bank), _wanted("http:// or https:// and a host", secret=True)
    ] = ""
    bank_token: Annotated[
        str, _wanted("visible ASCII characters", secret=True, pattern=r"^[!-~]+$")
    ] = ""
    bank_callback_secret: Annotated[
        str, _wanted("whsec_ and 24 bytes or more in base64", secret=True, pattern=_WHSEC)
    ] = ""
    allowed_hosts: Annotated[
        list[Annotated[str, Field(pattern=_HOST)]],
        BeforeValidator(_split_list),
        _wanted("host names without scheme and port, such as pay.example,[::1]", min_length=1),
    ] = ["localhost", "127.0.0.1", "[::1]"]
    behind_tls_proxy: Annotated[bool | None, _wanted("true or false")] = None
    trusted_proxies: Annotated[
        list[IPv4Network | IPv6Network],
        BeforeValidator(_split_list),
        _wanted("addresses or networks, such as 10.0.0.0/8"),
    ] = []
    webhook_allowed_networks: Annotated[
        list[IPv4Network | IPv6Network],
        BeforeValidator(_split_list),
        _wanted("addresses or networks, such as 10.0.0.0/8"),
    ] = []
    webhook_proxy: Annotated[
        str, AfterValidator(check_proxy), _wanted("http:// or https:// and a host", secret=True)
    ] = ""
    debug: Annotated[bool, _wanted("true or false")] = False
    payouts_environment: Annotated[Literal["sandbox", "live"], _wanted("sandbox or live")] = "live"
    payouts_currencies: Annotated[
        frozenset[Annotated[str, AfterValidator(_check_currency)]],
        BeforeValidator(_split_list),
        _wanted("ISO 4217 codes in upper case, such as USD,EUR", min_length=1),
    ] = frozenset({"USD", "EUR", "UAH"})
    payouts_page_cache: Annotated[Literal["redis", "memory"], _wanted("redis or memory")] = "redis"
    payouts_rate_limit: Annotated[
        str | None,
        _wanted(
            "a number of requests and s, min, hour or day, such as 600/min",
            pattern=r"^[1-9][0-9]{0,8}/(s|sec|second|m|min|minute|h|hour|d|day)$",
        ),
    ] = None
    metrics_dir: Annotated[Path | None, _wanted("the path of a directory")] = None
    metrics_token: Annotated[
        str, _wanted("visible ASCII characters", secret=True, pattern=r"^[!-~]+$")
    ] = ""
    log_format: Annotated[Literal["json", "console"], _wanted("json or console")] = "json"
    log_level: Annotated[
        Literal["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"],
        BeforeValidator(str.upper),
        _wanted("DEBUG, INFO, WARNING, ERROR or CRITICAL"),
    ] = "INFO"
    host: Annotated[
        str, _wanted("a host name or an IP address", pattern=r"^[A-Za-z0-9_.:%-]+$")
    ] = "0.0.0.0"  # noqa: S104
    port: Annotated[int, _number(1, 65_535)] = 8000
    web_workers: Annotated[int, _number(1, 256)] = 2
    web_threads: Annotated[int, _number(1, 1000)] = 16
    worker_concurrency: Annotated[int, _number(1, 1000)] = 32

    @classmethod
    def read(cls, variables: Mapping[str, str]) -> Self:
        """Raise ImproperlyConfigured, one line that names the variable, for a wrong value."""
        names = {field.upper(): field for field in cls.model_fields}
        given = {field: _value(name, variables) for name, field in names.items()}
        given = {field: text for field, text in given.items() if text}
        try:
            return cls.model_validate(given)
        except ValidationError as error:
            # Not as its cause, which would quote the values of secrets.
            raise ImproperlyConfigured(cls._message(error.errors()[0], given)) from None

    @classmethod
    def _message(cls, error: ErrorDetails, given: Mapping[str, str]) -> str:
        field_name = str(error["loc"][0])
        field, name = cls.model_fields[field_name], field_name.upper()
        if error["type"] == "missing":
            return f"Set {name}, or {name}_FILE to the path of a file with it."
        quoted = f", not {given[field_name][:_MAX_QUOTED]!r}" if field.repr else ""
        reason = f": {error['ctx']['error']}" if error["type"] == "value_error" else ""
        return f"{name} must be {field.description}{quoted}{reason}."


def _value(name: str, variables: Mapping[str, str]) -> str:
    """Return the variable, or the content of the file that NAME_FILE names, or an empty text.

    An empty variable counts as not set, because Compose files pass it on for one that is not.
    """
    text, path = variables.get(name, ""), variables.get(f"{name}_FILE", "")
    if text and path:
        raise ImproperlyConfigured(f"Set {name} or {name}_FILE, not both.")
    return _content(f"{name}_FILE", Path(path)) if path else text


def _content(name: str, path: Path) -> str:
    try:
        content = path.read_text("utf-8").strip()
    except UnicodeDecodeError:
        raise ImproperlyConfigured(f"{name} names a file that is not UTF-8: {path}") from None
    except OSError as error:
        raise ImproperlyConfigured(f"{name} cannot be read: {error.strerror}: {path}") from error
    if not content:
        raise ImproperlyConfigured(f"{name} names an empty file: {path}")
    return content
