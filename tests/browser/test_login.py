"""The log-in page."""

import pytest
from playwright.sync_api import expect
from tests.browser.console import DESKTOP, PHONE, Console, axe_violations, make_user, overflow


class TestLogin:
    def test_takes_a_user_to_the_page_they_asked_for(self, console: Console) -> None:
        make_user("operator", password="a-long-password")
        page = console.visit()
        page.goto("/console/payouts/payout/")
        page.get_by_label("Username").fill("operator")
        page.get_by_label("Password").fill("a-long-password")
        page.keyboard.press("Enter")
        page.wait_for_url("**/console/payouts/payout/")

    @pytest.mark.parametrize("dark", [False, True])
    @pytest.mark.parametrize("size", [DESKTOP, PHONE])
    def test_is_accessible(self, console: Console, dark: bool, size: tuple[int, int]) -> None:
        page = console.visit(size=size, dark=dark)
        page.goto("/console/login/")
        expect(page.get_by_label("Username")).to_be_visible()
        assert axe_violations(page) == []
        assert overflow(page) == 0
