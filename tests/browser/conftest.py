"""Fixtures of the browser tests. README.md here says how a test of a page is written."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser
from tests.browser.chromium import running_chromium
from tests.browser.console import Console
from tests.service import Service


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A browser for the tests of a module. Until its end, its event loop runs in this thread."""
    with pytest.MonkeyPatch.context() as patch, running_chromium() as started:
        # Django would refuse queries in a thread with an event loop.
        patch.setitem(os.environ, "DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        yield started


@pytest.fixture
def console(browser: Browser, service: Service, pytestconfig: pytest.Config) -> Iterator[Console]:
    """The console of the running service, on an empty database."""
    directory = pytestconfig.getoption("--screenshots")
    opened = Console(service, browser, Path(directory) if directory else None)
    yield opened
    assert opened.close() == []
