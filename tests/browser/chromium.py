"""Which Chromium the tests drive, and how it is started."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserType, sync_playwright

_NAMES = ("chromium", "chromium-browser", "google-chrome")
_FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
)


def find_chromium(own: BrowserType) -> str | None:
    """Return the program that CHROMIUM names, one on PATH, or Playwright's own."""
    given = os.environ.get("CHROMIUM")
    if given:
        return given
    found = (path for name in _NAMES if (path := shutil.which(name)))
    return next(found, own.executable_path if Path(own.executable_path).exists() else None)


@contextmanager
def running_chromium() -> Iterator[Browser]:
    """Start a browser; skip the test if there is none, or fail it if REQUIRE_BROWSER is set."""
    with sync_playwright() as playwright:
        program = find_chromium(playwright.chromium)
        if program is None:
            give_up = pytest.fail if os.environ.get("REQUIRE_BROWSER") else pytest.skip
            give_up("no Chromium: install it, or set CHROMIUM to the path of its program")
        with playwright.chromium.launch(executable_path=program, args=list(_FLAGS)) as browser:
            yield browser
