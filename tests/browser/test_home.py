"""The home page of the console."""

import re
from typing import Any

from playwright.sync_api import Page, expect
from tests.browser.console import Console, axe_violations, each_look, overflow
from tests.browser.test_frame import tab_to
from tests.running import eventually
from tests.service import Service

HOME = "/console/"


def make_payouts(service: Service) -> dict[str, Any]:
    """Make payouts that end, one that fails, and one that needs review; return the latter."""
    good = service.make_recipient(name="Ada Lovelace")["id"]
    closed = service.make_recipient(name="Charlie Closed", account_number="A-1-AC04")["id"]
    ends = [service.make_payout(good, amount="1250.00", currency="EUR") for _ in range(3)]
    ends.append(service.make_payout(good, amount="99.90"))
    failing = service.make_payout(closed)
    for payout in ends:
        service.wait_for(payout["id"], "COMPLETED")
    service.wait_for(failing["id"], "FAILED")
    return failing


def needs_review(payout: dict[str, Any]) -> None:
    from payouts.adapters.database.models import Payout

    Payout.objects.filter(pk=payout["id"]).update(
        needs_review=True, next_attempt_at=None, next_enqueue_at=None
    )


def open_home(page: Page, words: str) -> None:
    """Open the page until it shows the words: its numbers are up to five seconds old."""

    def shows() -> bool:
        page.goto(HOME)
        return words in page.locator("#content").inner_text()

    eventually(shows, within_seconds=20)


class TestHome:
    def test_is_calm_while_nothing_needs_a_person(self, console: Console) -> None:
        recipient = console.service.make_recipient()["id"]
        payout = console.service.make_payout(recipient)
        console.service.wait_for(payout["id"], "COMPLETED")
        page = console.sign_in("operator")
        open_home(page, "Nothing needs you now")
        expect(page.get_by_text(re.compile(r"As of \d\d:\d\d:\d\d EES?T"))).to_be_visible()
        expect(page.get_by_text("At least one takes messages.")).to_be_visible()
        expect(page.locator(".home-card-urgent")).to_have_count(0)
        console.service.make_payout(recipient)

    def test_leads_to_the_payouts_that_need_a_person(self, console: Console) -> None:
        failing = make_payouts(console.service)
        page = console.sign_in("operator")
        open_home(page, "Failed today")
        tab_to(page, "Failed today", at_most=60)
        page.keyboard.press("Enter")
        page.wait_for_url("**attention=failed_today")
        expect(page.locator("#content").get_by_text(str(failing["id"]), exact=True)).to_be_visible()

    def test_counts_what_needs_review_in_the_navigation(
        self, console: Console, unattended_database: None
    ) -> None:
        needs_review(console.service.make_payout())
        page = console.sign_in("operator")
        page.goto("/console/payouts/payout/")
        link = page.locator("#nav-sidebar-apps").get_by_role("link", name="Needs review")
        expect(link).to_contain_text(re.compile(r"Needs review\s*1"))
        link.click()
        expect(page.locator("#nav-sidebar-apps [aria-current=page]")).to_contain_text(
            "Needs review"
        )

    @each_look
    def test_says_what_to_do_with_an_empty_database(
        self, console: Console, look: dict[str, Any]
    ) -> None:
        page = console.sign_in("operator", **look)
        open_home(page, "There are no payouts yet")
        assert axe_violations(page) == []
        assert overflow(page) == 0
        page.get_by_role("link", name="Add a recipient").click()
        page.wait_for_url("**/recipient/add/")

    @each_look
    def test_is_accessible(self, console: Console, look: dict[str, Any]) -> None:
        make_payouts(console.service)
        page = console.sign_in("viewer", **look)
        open_home(page, "Failed today")
        assert axe_violations(page) == []
        assert overflow(page) == 0
        for summary in page.locator("summary").all():
            summary.click()
        assert axe_violations(page) == []
        assert overflow(page) == 0
