"""The actions on a payout, on its page."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect
from tests.browser.console import Console, axe_violations, each_look, overflow
from tests.console_pages import change

from payouts.adapters.database.models import Payout

pytestmark = pytest.mark.usefixtures("unattended_database")

LIST = "/console/payouts/payout/"
WAITING: dict[str, Any] = {"status": "PROCESSING", "attempt": 1, "open_attempts": 1}


def make(console: Console, **columns: Any) -> Any:
    """Make a payout; columns that take a worker or a bank may be given."""
    payout = Payout.objects.get(id=console.service.make_payout()["id"])
    if columns:
        change(payout, **columns)
    return payout


def waiting() -> dict[str, Any]:
    later = timezone.now() + timedelta(hours=1)
    return WAITING | {"deferral": "PENDING", "next_attempt_at": later}


def in_review() -> dict[str, Any]:
    return WAITING | {"needs_review": True, "deferral": "UNKNOWN", "next_attempt_at": None}


def open_payout(page: Page, payout: Any) -> None:
    page.goto(f"{LIST}{payout.id}/change/")


def summary(page: Page) -> Any:
    return page.get_by_label("Summary")


class TestAction:
    @pytest.mark.parametrize(
        ("label", "columns", "shown"),
        [
            ("Take over by hand", {}, "A person handles it since"),
            ("Mark FAILED", {}, "statement 118"),
            ("Delete", {}, "Deleted"),
            ("Complete by hand", waiting(), "Paid"),
            ("Try now", waiting(), "due since"),
        ],
    )
    def test_asks_why_and_shows_the_result(
        self, console: Console, label: str, columns: dict[str, Any], shown: str
    ) -> None:
        payout = make(console, **columns)
        page = console.sign_in("operator")
        open_payout(page, payout)
        page.get_by_role("link", name=label, exact=True).click()
        page.get_by_role("textbox", name="Reason").or_(
            page.get_by_role("textbox", name="Evidence")
        ).fill("statement 118")
        if label == "Mark FAILED":
            console.take_screenshot(page, "payout-action")
        page.get_by_role("button", name=label, exact=True).click()
        expect(summary(page)).to_contain_text(shown)
        expect(page.get_by_text("by operator", exact=False).first).to_be_visible()

    def test_is_done_with_the_keyboard_alone(self, console: Console) -> None:
        payout = make(console, **in_review())
        page = console.sign_in("operator")
        open_payout(page, payout)
        page.get_by_role("link", name="Resolve", exact=True).focus()
        page.keyboard.press("Enter")
        page.wait_for_url("**/resolve/")
        page.get_by_role("radio", name="The money did not move").focus()
        page.keyboard.press("Space")
        page.keyboard.press("Tab")
        page.keyboard.type("not on statement 118")
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        expect(summary(page)).to_contain_text("not on statement 118")
        expect(page.get_by_text(f"Resolved: payout {payout.id}.")).to_be_visible()

    def test_tells_the_second_of_two_operators(self, console: Console) -> None:
        payout = make(console)
        first, second = console.sign_in("operator"), console.sign_in("administrator")
        for page in (first, second):
            page.goto(f"{LIST}{payout.id}/fail/")
            page.get_by_role("textbox", name="Reason").fill("fraud")
        for page in (first, second):
            page.get_by_role("button", name="Mark FAILED").click()
        expect(summary(first)).to_contain_text("fraud")
        expect(second.get_by_text("operator has changed this payout")).to_be_visible()
        expect(second.get_by_text("A payout that is FAILED cannot become FAILED.")).to_be_visible()

    def test_is_not_done_again_after_the_back_button(self, console: Console) -> None:
        payout = make(console)
        page = console.sign_in("operator")
        page.goto(f"{LIST}{payout.id}/take-over/")
        page.get_by_role("textbox", name="Reason").fill("by cheque")
        page.get_by_role("button", name="Take over by hand").click()
        expect(summary(page)).to_contain_text("A person handles it")
        page.go_back()
        expect(page.get_by_text("This cannot be done now.")).to_be_visible()


class TestSelection:
    def test_leads_over_a_preview_to_the_result(self, console: Console) -> None:
        reviewed = [make(console, **in_review()) for _ in range(3)]
        new = make(console)
        page = console.sign_in("operator")
        page.goto(LIST)
        page.get_by_label("Select all on this page").check()
        page.get_by_label(f"Select payout {reviewed[0].id}", exact=True).uncheck()
        page.get_by_label("Do", exact=True).select_option("Resolve as FAILED")
        page.get_by_role("button", name="Preview").click()
        expect(page.get_by_text("2 will change: 20.00 USD")).to_be_visible()
        stays = page.get_by_role("table", name="Payouts that will stay as they are")
        expect(stays.get_by_role("row", name=str(new.id))).to_contain_text("does not need review")
        console.take_screenshot(page, "payouts-preview")
        page.get_by_role("textbox", name="Evidence").fill("not on statement 118")
        page.get_by_role("button", name="Resolve as FAILED").click()
        changed = page.get_by_role("table", name="Payouts that were changed")
        expect(changed.get_by_role("rowheader")).to_have_count(2)
        expect(changed.get_by_role("cell", name="Failed")).to_have_count(2)

    def test_may_be_all_that_match(self, console: Console) -> None:
        for _ in range(2):
            make(console, **waiting())
        page = console.sign_in("operator")
        page.goto(f"{LIST}?status=PROCESSING")
        page.get_by_label("All that match").focus()
        page.keyboard.press("Space")
        page.get_by_role("button", name="Preview").focus()
        page.keyboard.press("Enter")
        expect(page.get_by_text("2 will change")).to_be_visible()
        page.get_by_role("button", name="Try now").click()
        expect(page.get_by_text("Changed: 2")).to_be_visible()


class TestPages:
    @each_look
    def test_are_accessible(self, console: Console, look: dict[str, Any]) -> None:
        new, reviewed = make(console), make(console, **in_review())
        page = console.sign_in("operator", **look)
        for path in (
            f"{LIST}{new.id}/change/",
            f"{LIST}{new.id}/fail/",
            f"{LIST}{new.id}/complete/",
            f"{LIST}{reviewed.id}/resolve/",
            f"{LIST}{reviewed.id}/fail/",
            f"{LIST}bulk/?action=resolve-failed&all=true",
        ):
            page.goto(path)
            assert page.url.endswith(path)
            assert axe_violations(page) == [], path
            assert overflow(page) == 0, path
        page.goto(f"{LIST}{reviewed.id}/resolve/")
        page.get_by_role("textbox", name="Evidence").evaluate(
            "field => field.form.noValidate = true"
        )
        page.get_by_role("button", name="Resolve").click()
        expect(page.get_by_text("This field is required.").first).to_be_visible()
        assert axe_violations(page) == []
