"""The pages on which staff make a payout."""

import re
from typing import Any

from playwright.sync_api import Page, expect
from tests.browser.console import Console, axe_violations, each_look, overflow

from payouts.adapters.database.models import Payout

NEW = "/console/payouts/payout/new/"
IBAN = "DE89370400440532013000"
LONG_NAME = "Wolfeschlegelsteinhausenbergerdorff" * 7
RIGHT_TO_LEFT_NAME = "حسن (1) שלום"
MADE = re.compile(r"/console/payouts/payout/\d+/change/$")
REVIEW = re.compile("/review/$")


def open_form(console: Console, page: Page, name: str = "Ann Example") -> None:
    """Open a form for a new recipient."""
    recipient = console.service.make_recipient(name=name, account_number=IBAN)
    page.goto(f"{NEW}?recipient={recipient['id']}")


def fill_in(page: Page, amount: str = "12.50") -> None:
    page.get_by_label("Amount").fill(amount)
    page.get_by_label("Currency").select_option("USD")
    page.get_by_role("button", name="Review").click()
    page.wait_for_url(REVIEW)


def press_tab_until(page: Page, name: str) -> None:
    for _ in range(60):
        page.keyboard.press("Tab")
        focused = page.evaluate(
            """() => {
                const element = document.activeElement;
                const label = document.querySelector(`label[for="${element.id}"]`);
                const shown = element.querySelector?.("[aria-label]");
                return [label?.innerText, element.innerText, shown?.ariaLabel].join(" ");
            }"""
        )
        if name in focused:
            return
    raise AssertionError(f"the keyboard does not reach {name}")


class TestNewPayout:
    def test_is_made_by_keyboard_alone(self, console: Console) -> None:
        console.service.make_recipient(name="Bob Other")
        console.service.make_recipient(name="Ann Example", account_number=IBAN)
        page = console.sign_in("operator")
        page.goto("/console/payouts/payout/")
        press_tab_until(page, "New payout")
        page.keyboard.press("Enter")
        page.wait_for_url(re.compile(f"{NEW}[0-9a-f-]+/$"))
        press_tab_until(page, "Recipient")
        page.keyboard.press("Enter")
        page.keyboard.type("exam")
        option = page.get_by_role("option", name="Ann Example (•••• 3000)")
        expect(option).to_have_count(1)
        expect(page.get_by_role("option", name="Bob Other")).to_have_count(0)
        page.keyboard.press("Enter")
        press_tab_until(page, "Amount")
        page.keyboard.type("1234.5")
        page.keyboard.press("Tab")
        page.keyboard.type("USD")
        page.keyboard.press("Tab")
        page.keyboard.type("Invoice 7")
        console.take_screenshot(page, "new-payout")
        page.keyboard.press("Enter")
        page.wait_for_url(REVIEW)
        expect(page.get_by_role("heading", name="Review the new payout")).to_be_visible()
        review = page.locator(".new-payout")
        for fact in ("1,234.50 USD", "Ann Example", IBAN, "Invoice 7"):
            expect(review).to_contain_text(fact)
        console.take_screenshot(page, "new-payout-review")
        assert not Payout.objects.exists()
        press_tab_until(page, "Make payout")
        page.keyboard.press("Enter")
        page.wait_for_url(MADE)
        made = page.get_by_text("The payout of 1,234.50 USD to Ann Example was made.")
        expect(made).to_be_visible()
        assert Payout.objects.get().remittance_information == "Invoice 7"

    def test_says_at_the_field_what_is_wrong(self, console: Console) -> None:
        page = console.sign_in("operator")
        open_form(console, page)
        page.get_by_label("Amount").fill("1e3")
        page.get_by_label("Currency").select_option("USD")
        page.get_by_role("button", name="Review").click()
        expect(page.locator("#id_amount_notes")).to_contain_text("plain decimal notation")
        amount = page.get_by_label("Amount")
        expect(amount).to_have_value("1e3")
        expect(amount).to_have_accessible_description(re.compile("plain decimal notation"))
        assert axe_violations(page) == []

    def test_is_made_from_the_page_of_a_recipient(self, console: Console) -> None:
        recipient = console.service.make_recipient(name="Ann Example")
        page = console.sign_in("operator")
        page.goto(f"/console/payouts/recipient/{recipient['id']}/change/")
        page.locator(f"a[href$='/{recipient['id']}/new_payout/']").click()
        fill_in(page)
        page.get_by_role("button", name="Make payout").click()
        page.wait_for_url(MADE)
        assert Payout.objects.get().recipient_id == recipient["id"]

    def test_is_not_offered_to_a_viewer(self, console: Console) -> None:
        page = console.sign_in("viewer")
        answer = page.goto(NEW)
        assert answer
        assert answer.status == 403
        page.goto("/console/payouts/payout/")
        expect(page.get_by_role("link", name="New payout")).to_have_count(0)


class TestRepetition:
    def test_by_a_double_click_makes_one(self, console: Console) -> None:
        page = console.sign_in("operator")
        open_form(console, page)
        fill_in(page)
        page.get_by_role("button", name="Make payout").dblclick()
        page.wait_for_url(MADE)
        assert Payout.objects.count() == 1

    def test_by_the_back_button_and_by_reload_makes_none(self, console: Console) -> None:
        page = console.sign_in("operator")
        open_form(console, page)
        fill_in(page)
        page.reload()
        page.get_by_role("button", name="Make payout").click()
        page.wait_for_url(MADE)
        page.reload()
        already = page.get_by_text("was made already").first
        for _ in range(2):  # to the review, then to the form
            page.go_back()
            page.wait_for_url(MADE)
            expect(already).to_be_visible()
        assert Payout.objects.count() == 1

    def test_keeps_the_form_when_its_review_is_left(self, console: Console) -> None:
        page = console.sign_in("operator")
        open_form(console, page)
        fill_in(page, "12.50")
        page.get_by_role("link", name="Change").click()
        expect(page.get_by_label("Amount")).to_have_value("12.50")
        fill_in(page, "13.50")
        page.get_by_role("button", name="Make payout").click()
        page.wait_for_url(MADE)
        assert str(Payout.objects.get().amount) == "13.5000"


class TestSession:
    def test_that_has_ended_leads_back_to_the_form(self, console: Console) -> None:
        page = console.sign_in("operator")
        open_form(console, page)
        fill_in(page)
        from django.contrib.auth.models import User
        from django.contrib.sessions.models import Session

        user = User.objects.get(username="operator")
        user.set_password("a-long-password")
        user.save()
        Session.objects.all().delete()
        page.get_by_role("button", name="Make payout").click()
        page.get_by_label("Username").fill("operator")
        page.get_by_label("Password").fill("a-long-password")
        page.keyboard.press("Enter")
        page.wait_for_url(re.compile(f"{NEW}[0-9a-f-]+/$"))
        expect(page.get_by_text("Nothing was paid. Fill in the form again.")).to_be_visible()
        assert not Payout.objects.exists()


class TestPages:
    @each_look
    def test_are_accessible_with_any_name(self, console: Console, look: dict[str, Any]) -> None:
        page = console.sign_in("operator", **look)
        for name in (LONG_NAME, RIGHT_TO_LEFT_NAME, "<b>Bob</b>"):
            open_form(console, page, name)
            expect(page.locator(".select2-selection__rendered")).to_contain_text(name)
            assert axe_violations(page) == []
            assert overflow(page) == 0
            fill_in(page, "9999999999999999.99")
            expect(page.locator(".new-payout")).to_contain_text(name)
            assert axe_violations(page) == []
            assert overflow(page) == 0
