"""The environment of a service on one machine: missing values are embedded stores or generated."""

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

from local.directories import prepare_home, write_private_once
from local.errors import LocalError
from local.listen_address import in_url
from local.processes.signals import raising_signals
from local.run_record import current_run
from local.stores import Stores, running_stores

SETTINGS_MODULE = "config.settings"
LOCAL_HOSTS = "localhost,127.0.0.1,[::1]"


@dataclass(frozen=True, slots=True)
class LocalService:
    """A home, its running stores, and the environment for processes that use them."""

    home: Path
    stores: Stores
    environment: dict[str, str]


def is_given(name: str, environment: Mapping[str, str]) -> bool:
    """Return whether a variable is set, or NAME_FILE, which names a file with its value."""
    return bool(environment.get(name) or environment.get(f"{name}_FILE"))


def home_directory(environment: Mapping[str, str]) -> Path:
    try:
        return Path(environment.get("PAYOUTS_HOME") or ".payouts").absolute()
    except FileNotFoundError as error:
        raise LocalError("the working directory was deleted: go to another") from error


@contextmanager
def existing_service() -> Iterator[None]:
    """Put the environment of the service in PAYOUTS_HOME into os.environ, its stores running.

    For `payouts token` and the like, which find it as the entry point `payouts.environment`. Raise
    LocalError when no service was started there; make no home. SIGTERM and SIGHUP end the block
    like an exception.
    """
    before = dict(os.environ)
    home = home_directory(before)
    if not _has_service(home, before):
        raise LocalError(
            f"no service in {home}: start one with `payouts up`, or set PAYOUTS_HOME, or"
            " DATABASE_URL and SECRET_KEY"
        )
    with raising_signals(signal.SIGTERM, signal.SIGHUP), local_service(home, before) as service:
        try:
            _replace_environment(service.environment)
            yield
        finally:
            _replace_environment(before)


@contextmanager
def local_service(home: Path, environment: Mapping[str, str]) -> Iterator[LocalService]:
    """Run the stores that the environment does not name; complete the environment."""
    home = prepare_home(home)
    with running_stores(
        home,
        with_database=not is_given("DATABASE_URL", environment),
        with_redis=not is_given("REDIS_URL", environment),
    ) as stores:
        yield LocalService(home, stores, completed(environment, home, stores))


def completed(environment: Mapping[str, str], home: Path, stores: Stores) -> dict[str, str]:
    """Add what the service requires and the environment does not give."""
    hosts = [LOCAL_HOSTS, socket.gethostname(), in_url(environment.get("HOST", ""))]
    defaults = {
        "ALLOWED_HOSTS": ",".join(filter(None, hosts)),
        # Without TLS, browsers would not send the console's cookies if they required it.
        "BEHIND_TLS_PROXY": "false",
        "LOG_FORMAT": "console" if sys.stderr.isatty() else "json",
        "SECRET_KEY": write_private_once(home / "secret_key", secrets.token_urlsafe(48)),
        "WEBHOOK_ALLOWED_NETWORKS": "127.0.0.0/8,::1",
        **_store_urls(environment, stores),
        **_bank(environment, home),
    }
    missing = {name: text for name, text in defaults.items() if not is_given(name, environment)}
    # libpq would take PGHOST and PGPORT, set for another server, before those of the embedded one.
    hidden = () if is_given("DATABASE_URL", environment) else ("PG",)
    kept = {name: text for name, text in environment.items() if not name.startswith(hidden)}
    fixed = {"PAYOUTS_HOME": str(home), "DJANGO_SETTINGS_MODULE": SETTINGS_MODULE}
    return {**kept, **missing, **fixed}


def _has_service(home: Path, environment: Mapping[str, str]) -> bool:
    if is_given("DATABASE_URL", environment):
        return (home / "users.lock").exists()
    return (home / "postgres").exists()


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
        "PAYOUTS_ENVIRONMENT": "sandbox",
        "BANK_TOKEN": write_private_once(home / "bank_token", secrets.token_urlsafe(48)),
        "BANK_CALLBACK_SECRET": write_private_once(home / "bank_callback_secret", signing_secret),
    }
    run = current_run(home)
    return bank | ({"BANK_URL": run.bank_url} if run else {})


def _replace_environment(environment: Mapping[str, str]) -> None:
    os.environ.clear()
    os.environ.update(environment)
