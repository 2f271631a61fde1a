"""The console in a browser: signed-in pages, and what must hold on every page."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.test.utils import override_settings
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request
from tests.service import Service

DESKTOP = (1360, 900)
PHONE = (390, 844)
# Every page is looked at on a desktop in light colours, and on a phone in dark ones.
each_look = pytest.mark.parametrize(
    "look",
    [{"size": DESKTOP, "dark": False}, {"size": PHONE, "dark": True}],
    ids=["desktop-light", "phone-dark"],
)
# Neither the server's zone nor UTC, so that a test sees whose zone a time is in.
TIME_ZONE = "Europe/Kyiv"
_SERIOUS = {"serious", "critical"}
# Chromium reports the status of a page like that of a script which it could not load.
_STATUS_MESSAGE = "Failed to load resource"


@dataclass
class Console:
    """Opens pages of the running service, each in a browser profile of its own."""

    service: Service
    browser: Browser
    screenshots: Path | None
    contexts: list[BrowserContext] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    # What pages may ask; a test that starts another web server adds its address.
    addresses: list[str] = field(default_factory=list)

    def sign_in(self, role: str = "operator", **options: Any) -> Page:
        """Return a page of a new user of this role, who is signed in. Options as for `visit`."""
        from django.contrib.auth.models import User
        from tests.users import make_user

        user = User.objects.filter(username=role).first() or make_user(role, role)
        page = self.visit(**options)
        with override_settings(SECRET_KEY=self.service.environment["SECRET_KEY"]):
            self.set_cookies(page, sessionid=_session_key(user))
        # The log-in page has told the service the time zone of the browser.
        self.set_cookies(page, timezone=options.get("time_zone", TIME_ZONE))
        return page

    def set_cookies(self, page: Page, **cookies: str) -> None:
        pairs = cookies.items()
        page.context.add_cookies(
            [{"name": name, "value": text, "url": self.service.web_url} for name, text in pairs]
        )

    def visit(
        self,
        *,
        size: tuple[int, int] = DESKTOP,
        dark: bool = False,
        time_zone: str = TIME_ZONE,
        scripts: bool = True,
    ) -> Page:
        """Return a page of a visitor who is not signed in. Paths for `goto` start with /."""
        context = self.browser.new_context(
            base_url=self.service.web_url,
            viewport={"width": size[0], "height": size[1]},
            color_scheme="dark" if dark else "light",
            timezone_id=time_zone,
            locale="en-GB",
            reduced_motion="reduce",
            java_script_enabled=scripts,
        )
        context.set_default_timeout(15_000)
        self.contexts.append(context)
        page = context.new_page()
        page.on("request", self._watch_request)
        page.on("console", self._watch_message)
        page.on("pageerror", lambda error: self.complaints.append(f"script error: {error}"))
        return page

    def take_screenshot(self, page: Page, name: str, **options: Any) -> None:
        """Write NAME.png for the docs, if pytest was told where by --screenshots."""
        if self.screenshots:
            page.screenshot(path=self.screenshots / f"{name}.png", **options)

    def close(self) -> list[str]:
        """Close all pages; return their errors, and what they asked other hosts for."""
        for context in self.contexts:
            context.close()
        return self.complaints

    def _watch_request(self, request: Request) -> None:
        allowed = [f"{address}/" for address in (self.service.web_url, *self.addresses)]
        if not request.url.startswith((*allowed, "data:", "blob:")):
            self.complaints.append(f"request to another host: {request.url}")

    def _watch_message(self, message: ConsoleMessage) -> None:
        of_page = message.page and message.location["url"] == message.page.url
        if message.type == "error" and not (of_page and message.text.startswith(_STATUS_MESSAGE)):
            self.complaints.append(f"console error: {message.text} {message.location['url']}")


def axe_violations(page: Page) -> list[str]:
    """Return what axe finds on the page that is serious or critical, with the elements."""
    found = Axe().run(page).response["violations"]
    return [
        f"{violation['id']}: {node['html']} {node['failureSummary']}"
        for violation in found
        if violation["impact"] in _SERIOUS
        for node in violation["nodes"]
    ]


def overflow(page: Page) -> int:
    """Return by how many pixels the page is wider than the window."""
    return int(
        page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    )


def _session_key(user: Any) -> str:
    """Make a session as Django's log-in does. The log-in page has a test of its own."""
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore

    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[-1]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.save()
    return str(session.session_key)
