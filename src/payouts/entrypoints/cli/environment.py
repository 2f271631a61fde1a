"""The environment of a service on one machine: what is not given is embedded or generated."""

import os
import secrets
import signal
import socket
import sys
from base64 import b64encode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from devstack.directories import prepare_home, write_private_once
from devstack.leftovers import RunRecord
from devstack.signals import raising_signals
from devstack.stores import Stores, running_stores

RUN_RECORD = "up.json"
LOCAL_HOSTS = "localhost,127.0.0.1,[::1]"


@dataclass(frozen=True, slots=True)
class LocalService:
    """A home, the stores in it, and the environment for what works with them."""

    home: Path
    stores: Stores
    environment: dict[str, str]


def is_given(name: str, environment: Mapping[str, str]) -> bool:
    """Tell whether a variable is set, or the file that is to hold its value is named."""
    return bool(environment.get(name) or environment.get(f"{name}_FILE"))


def home_directory(environment: Mapping[str, str]) -> Path:
    return Path(environment.get("PAYOUTS_HOME") or ".payouts").absolute()


@contextmanager
def local_environment(*, whole: bool = False) -> Iterator[dict[str, str]]:
    """Have the service's environment in os.environ, and the stores it names running.

    A deployment, which gives DATABASE_URL and SECRET_KEY, is left as it is unless the `whole`
    environment is asked for. SIGTERM and SIGHUP end the block like any exception.
    """
    before = dict(os.environ)
    with raising_signals(signal.SIGTERM, signal.SIGHUP):
        if not whole and all(is_given(name, before) for name in ("DATABASE_URL", "SECRET_KEY")):
            os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
            yield dict(os.environ)
            return
        with local_service(before) as service, _applied(service.environment):
            yield dict(service.environment)


@contextmanager
def local_service(environment: Mapping[str, str]) -> Iterator[LocalService]:
    """Run the stores that the environment does not name; complete the environment."""
    home = prepare_home(home_directory(environment))
    with running_stores(
        home,
        with_database=not is_given("DATABASE_URL", environment),
        with_redis=not is_given("REDIS_URL", environment),
    ) as stores:
        yield LocalService(home, stores, completed(environment, home, stores))


def completed(environment: Mapping[str, str], home: Path, stores: Stores) -> dict[str, str]:
    """Add what the service needs and was not given."""
    defaults = {
        "PAYOUTS_HOME": str(home),
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "ALLOWED_HOSTS": f"{LOCAL_HOSTS},{socket.gethostname()}",
        # There is no TLS on one machine, and cookies for TLS only would lock the console.
        "BEHIND_TLS_PROXY": "false",
        "LOG_FORMAT": "console" if sys.stderr.isatty() else "json",
        "SECRET_KEY": write_private_once(home / "secret_key", secrets.token_urlsafe(48)),
        **_store_urls(environment, stores),
        **_bank(environment, home),
    }
    missing = {name: text for name, text in defaults.items() if not is_given(name, environment)}
    # Where we embed the database, a PGHOST or PGPORT meant for another one would lead astray.
    hidden = () if is_given("DATABASE_URL", environment) else ("PG",)
    kept = {name: text for name, text in environment.items() if not name.startswith(hidden)}
    return {**kept, **missing, "PAYOUTS_HOME": str(home)}


def _store_urls(environment: Mapping[str, str], stores: Stores) -> dict[str, str]:
    urls = {"DATABASE_URL": stores.database_url}
    if not is_given("REDIS_URL", environment):
        urls |= {"REDIS_URL": stores.redis_url, "CELERY_BROKER_URL": stores.broker_url}
    return urls


def _bank(environment: Mapping[str, str], home: Path) -> dict[str, str]:
    """Name the sandbox bank of the `payouts up` that runs in this home, if one does."""
    if is_given("BANK_URL", environment):
        return {}
    signing_secret = "whsec_" + b64encode(secrets.token_bytes(32)).decode()
    bank = {
        "BANK_TOKEN": write_private_once(home / "bank_token", secrets.token_urlsafe(48)),
        "BANK_CALLBACK_SECRET": write_private_once(home / "bank_callback_secret", signing_secret),
    }
    record = RunRecord.read(home / RUN_RECORD)
    if record and record.supervisor.find():
        bank["BANK_URL"] = record.bank_url
    return bank


@contextmanager
def _applied(environment: Mapping[str, str]) -> Iterator[None]:
    before = dict(os.environ)
    os.environ.clear()
    os.environ.update(environment)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
