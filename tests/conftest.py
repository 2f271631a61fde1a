"""Fixtures that any test may use: a database to commit to, and the service's processes."""

import logging
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from django.db import connection
from django.test.utils import setup_databases, teardown_databases
from tests.administration import administer
from tests.read_only import ignore_server_setting
from tests.redis_server import Redis
from tests.service import Service

from config.addresses.redis import RedisAddress

# Ending the tests with SIGTERM then also ends the processes that they have started.
signal.signal(signal.SIGTERM, signal.default_int_handler)
logging.getLogger("httpx").setLevel("WARNING")

RUNNING_SERVICE = pytest.StashKey[Service]()

# Locked first, in the order in which workers lock them, so that no lock has to be upgraded.
_EMPTY = """
LOCK TABLE payouts_payout, payouts_event, payouts_recipient, payouts_recipientchange,
    payouts_webhookdelivery, payouts_webhookendpoint IN ACCESS EXCLUSIVE MODE;
ALTER TABLE payouts_payout DISABLE TRIGGER USER;
ALTER TABLE payouts_event DISABLE TRIGGER USER;
ALTER TABLE payouts_recipientchange DISABLE TRIGGER USER;
TRUNCATE payouts_webhookdelivery, payouts_webhookendpoint, payouts_event, payouts_payout,
    payouts_recipientchange, payouts_recipient, payouts_apitoken, auth_user, axes_accessattempt,
    payouts_statuscounts, payouts_dailytotal CASCADE;
ALTER TABLE payouts_payout ENABLE TRIGGER USER;
ALTER TABLE payouts_event ENABLE TRIGGER USER;
ALTER TABLE payouts_recipientchange ENABLE TRIGGER USER;
UPDATE payouts_listversion SET version = version + 1;
"""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--screenshots", metavar="DIR", help="write the pictures of the docs there")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_setupnodes(specs: list[Any]) -> None:
    """Give each worker of pytest-xdist a numbered Redis database of its own.

    Before the worker starts, because it reads the settings before this file.
    """
    address = RedisAddress.parse(os.environ["REDIS_URL"])
    for number, spec in enumerate(specs, start=address.database):
        spec.env["REDIS_URL"] = replace(address, database=number).for_redis_py()
        spec.env["CELERY_BROKER_URL"] = ""


@pytest.fixture(scope="session")
def django_db_setup(
    django_test_environment: None, django_db_modify_db_settings: None, django_db_blocker
) -> Iterator[None]:
    """Make the test database for all tests; each worker of pytest-xdist has one of its own.

    pytest-django makes it only for tests with its mark. The others would use the database of the
    environment, which no test may empty.
    """
    with django_db_blocker.unblock():
        made = setup_databases(verbosity=0, interactive=False)
        ignore_server_setting()
        yield
        connection.close()
        teardown_databases(made, verbosity=0)


@contextmanager
def _emptied(django_db_blocker: Any) -> Iterator[None]:
    """Empty the database. Ids continue, so that a late worker does not process a new row.

    Django's own flush cannot be used: it empties tables, and the triggers forbid that.
    """
    with django_db_blocker.unblock():
        name = connection.settings_dict["NAME"]
        assert name.startswith("test_")
        assert name.endswith(os.environ.get("PYTEST_XDIST_WORKER", ""))
        administer(_EMPTY)
        yield
        connection.close()


@pytest.fixture
def database(django_db_setup: None, django_db_blocker) -> Iterator[None]:
    """An empty database in which every statement commits, as in the service."""
    with _emptied(django_db_blocker):
        yield


@pytest.fixture(scope="session")
def database_url(django_db_setup: None) -> str:
    """The URL of the test database, for other processes."""
    settings = connection.settings_dict
    names = ("USER", "PASSWORD", "HOST", "PORT", "NAME")
    user, password, host, port, name = (quote(settings[name], safe="") for name in names)
    login = f"{user}:{password}@" if password else f"{user}@" if user else ""
    if settings["HOST"].startswith("/"):
        return f"postgresql://{login}/{name}?host={host}"
    return f"postgresql://{login}{host}{port and f':{port}'}/{name}"


@pytest.fixture(scope="module")
def empty_database_of_module(django_db_setup: None, django_db_blocker) -> Iterator[None]:
    """A database that is emptied once, for the tests of a module to share."""
    with _emptied(django_db_blocker):
        yield


@pytest.fixture(scope="session")
def redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Redis]:
    """A Redis server of the tests, which they may stop and freeze."""
    with Redis.start(tmp_path_factory.mktemp("redis")) as server:
        yield server


@pytest.fixture(scope="session")
def running_service(
    database_url: str,
    redis: Redis,
    tmp_path_factory: pytest.TempPathFactory,
    pytestconfig: pytest.Config,
) -> Iterator[Service]:
    home: Path = tmp_path_factory.mktemp("service")
    with Service.start(home=home, database_url=database_url, redis=redis) as service:
        pytestconfig.stash[RUNNING_SERVICE] = service
        yield service
        del pytestconfig.stash[RUNNING_SERVICE]


@pytest.fixture(scope="module")
def no_workers(pytestconfig: pytest.Config) -> Iterator[None]:
    """Have no worker and no beat, so that due payouts stay for the tests of a module.

    They run if an earlier module has started the service.
    """
    service = pytestconfig.stash.get(RUNNING_SERVICE, None)
    if service:
        service.stop_workers()
    yield
    if service:
        service.start_workers()


@pytest.fixture
def service(database: None, running_service: Service) -> Service:
    """Web, worker, beat and sandbox bank as processes, on an empty database."""
    running_service.make_users()
    return running_service


@pytest.fixture
def unattended_database(service: Service) -> Iterator[None]:
    """An empty database without worker and beat: due payouts stay for the test."""
    service.stop_workers()
    yield
    service.start_workers()


@pytest.fixture(scope="module")
def asked_service(
    django_db_setup: None, django_db_blocker, running_service: Service
) -> Iterator[Service]:
    """The service on a database that was emptied once, for the tests of a module to share.

    A test that uses `service` empties it, so do not mix the two in a module.
    """
    with _emptied(django_db_blocker):
        running_service.make_users()
        yield running_service
