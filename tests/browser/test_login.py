"""The log-in page."""

from typing import Any

from playwright.sync_api import expect
from tests.browser.console import Console, axe_violations, each_look, overflow
from tests.users import make_user


class TestLogin:
    def test_takes_a_user_to_the_page_they_asked_for(self, console: Console) -> None:
        make_user("operator", "operator", password="a-long-password")
        page = console.visit()
        page.goto("/console/payouts/payout/")
        page.get_by_label("Username").fill("operator")
        page.get_by_label("Password").fill("a-long-password")
        page.keyboard.press("Enter")
        page.wait_for_url("**/console/payouts/payout/")

    def test_leads_to_the_overview_if_they_asked_for_no_other(self, console: Console) -> None:
        make_user("operator", "operator", password="a-long-password")
        page = console.visit()
        page.goto("/console/login/")
        page.get_by_label("Username").fill("operator")
        page.get_by_label("Password").fill("a-long-password")
        page.keyboard.press("Enter")
        page.wait_for_url("**/console/")
        expect(page.locator("#nav-sidebar")).to_be_visible()

    @each_look
    def test_is_accessible(self, console: Console, look: dict[str, Any]) -> None:
        page = console.visit(**look)
        page.goto("/console/login/")
        expect(page.get_by_label("Username")).to_be_visible()
        assert axe_violations(page) == []
        assert overflow(page) == 0
