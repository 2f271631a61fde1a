"""The pages of recipients."""

import re
from typing import Any

from playwright.sync_api import Page, expect
from tests.browser.console import Console, axe_violations, each_look, overflow

from payouts.adapters.database.models import Recipient

LIST = "/console/payouts/recipient/"
IBAN = "DE89 3704 0044 0532 0130 00"
LONG_NAME = "Wolfeschlegelsteinhausenbergerdorff" * 7
RIGHT_TO_LEFT_NAME = "حسن (1) שלום"


def page_of(recipient: dict[str, Any]) -> str:
    return f"{LIST}{recipient['id']}/change/"


def press_tab_until(page: Page, label: str) -> None:
    """Move the focus with the keyboard to the field with this label."""
    field = page.get_by_label(label)
    for _ in range(40):
        page.keyboard.press("Tab")
        if field.evaluate("field => field === document.activeElement"):
            return
    raise AssertionError(f"the keyboard does not reach {label}")


class TestAddRecipient:
    def test_checks_the_iban_while_it_is_written_and_knows_its_bank(self, console: Console) -> None:
        page = console.sign_in("operator")
        page.goto(f"{LIST}add/")
        press_tab_until(page, "Name")
        page.keyboard.type("Ann Example")
        page.keyboard.press("Tab")
        answer = page.locator("#account-check")
        page.keyboard.type(IBAN[:-1] + "1")
        expect(answer).to_have_text("This has the form of an IBAN, but its check digits are wrong.")
        page.keyboard.press("Backspace")
        expect(answer).to_contain_text("one of DE has 22 characters, this has 21")
        page.keyboard.type("0")
        expect(answer).to_have_text("IBAN, check digits right: Commerzbank, Germany, COBADEFFXXX.")
        expect(page.get_by_label("Bank code")).to_have_value("COBADEFFXXX")
        console.take_screenshot(page, "recipient-add")
        page.keyboard.press("Enter")
        page.wait_for_url("**/change/")
        expect(page.get_by_text("Ann Example (•••• 3000) was added.")).to_be_visible()
        expect(page.locator("#history")).to_contain_text("by operator")

    def test_takes_back_the_bic_that_it_filled_in_but_not_one_that_was_written(
        self, console: Console
    ) -> None:
        page = console.sign_in("operator")
        page.goto(f"{LIST}add/")
        account, bank_code = page.get_by_label("Account number"), page.get_by_label("Bank code")
        account.fill(IBAN)
        expect(bank_code).to_have_value("COBADEFFXXX")
        account.fill("LOCAL-1")
        expect(bank_code).to_have_value("")
        bank_code.fill("OTHERXXX")
        account.fill(IBAN)
        expect(page.locator("#account-check")).to_contain_text("The bank code below is another")
        expect(bank_code).to_have_value("OTHERXXX")

    def test_adds_one_when_it_is_sent_by_a_double_click(self, console: Console) -> None:
        page = console.sign_in("operator")
        page.goto(f"{LIST}add/")
        page.get_by_label("Name").fill("Ann Example")
        page.get_by_label("Account number").fill("LOCAL-1")
        page.get_by_role("button", name="Save").dblclick()
        page.wait_for_url("**/change/")
        assert Recipient.objects.count() == 1

    def test_works_without_scripts(self, console: Console) -> None:
        page = console.sign_in("operator", scripts=False)
        page.goto(f"{LIST}add/")
        page.get_by_label("Name").fill("Ann Example")
        page.get_by_label("Account number").fill(IBAN[:-1] + "1")
        page.get_by_role("button", name="Save").click()
        expect(page.get_by_text("but its check digits are wrong")).to_be_visible()
        page.get_by_label("Account number").fill(IBAN)
        page.get_by_role("button", name="Save").click()
        page.wait_for_url("**/change/")
        assert Recipient.objects.get().bank_code == "COBADEFFXXX"


class TestRecipient:
    def test_is_found_changed_and_deactivated(self, console: Console) -> None:
        console.service.make_recipient(name="Bob Other")
        console.service.make_recipient(name="Ann Example", account_number=IBAN)
        page = console.sign_in("operator")
        page.goto(LIST)
        page.get_by_role("textbox", name="Name, account, external id").fill("exam")
        page.keyboard.press("Enter")
        page.wait_for_url("**?q=exam")
        expect(page.get_by_text("Bob Other")).to_have_count(0)
        page.get_by_role("link", name="Ann Example").click()

        page.get_by_label("Account number").fill("LOCAL-0042")
        page.get_by_role("button", name="Save").click()
        expect(page.get_by_text("Ann Example (•••• 0042) is saved.")).to_be_visible()
        history = page.locator("#history")
        expect(history).to_contain_text(re.compile("DE89370400440532013000.*LOCAL-0042", re.DOTALL))
        console.take_screenshot(page, "recipient", full_page=True)

        page.get_by_role("link", name="Deactivate").click()
        expect(page.get_by_text("are refused until the recipient is activated")).to_be_visible()
        page.get_by_role("button", name="Deactivate").click()
        expect(page.get_by_text("(•••• 0042) is not active now.")).to_be_visible()
        page.get_by_role("link", name="Activate").click()
        page.get_by_role("button", name="Activate").click()
        expect(page.get_by_text("(•••• 0042) is active now.")).to_be_visible()
        expect(history.get_by_text("Deactivated")).to_be_visible()

    def test_tells_the_second_of_two_operators_who_change_it(self, console: Console) -> None:
        address = page_of(console.service.make_recipient(name="Ann Example"))
        first, second = console.sign_in("operator"), console.sign_in("administrator")
        first.goto(address)
        second.goto(address)
        first.get_by_label("Name").fill("Ann First")
        first.get_by_role("button", name="Save").click()
        expect(first.get_by_text("Ann First").first).to_be_visible()
        second.get_by_label("Name").fill("Ann Second")
        second.get_by_role("button", name="Save").click()
        expect(second.get_by_text("operator has changed this recipient")).to_be_visible()
        expect(second.get_by_label("Name")).to_have_value("Ann Second")
        second.goto(address)
        expect(second.get_by_label("Name")).to_have_value("Ann First")

    def test_shows_a_viewer_the_end_of_the_account_number_only(self, console: Console) -> None:
        recipient = console.service.make_recipient(account_number=IBAN)
        page = console.sign_in("viewer")
        page.goto(page_of(recipient))
        expect(page.get_by_text("•••• 3000").first).to_be_visible()
        assert IBAN.replace(" ", "") not in page.content()
        expect(page.get_by_role("button", name="Save")).to_have_count(0)
        expect(page.get_by_role("link", name="Deactivate")).to_have_count(0)


class TestPages:
    @each_look
    def test_are_accessible_with_any_name(self, console: Console, look: dict[str, Any]) -> None:
        service = console.service
        long = service.make_recipient(name=LONG_NAME, external_id="x" * 64, bank_code="B" * 32)
        service.make_recipient(name=RIGHT_TO_LEFT_NAME, account_number="L" * 64)
        service.make_payout(long["id"])
        service.staff.patch(f"/api/recipients/{long['id']}/", json={"account_number": "A" * 64})
        page = console.sign_in("operator", **look)
        for path in (
            LIST,
            f"{LIST}?q=nobody",
            f"{LIST}add/",
            page_of(long),
            f"{LIST}{long['id']}/deactivate/",
        ):
            page.goto(path)
            assert page.url.endswith(path)
            assert axe_violations(page) == [], path
            assert overflow(page) == 0, path
