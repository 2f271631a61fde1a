"""The list of payouts, and the page of a payout."""

import re

import pytest
from playwright.sync_api import Page, expect
from tests.browser.console import DESKTOP, PHONE, Console, axe_violations, overflow

LIST = "/console/payouts/payout/"
LONG_NAME = "W" * 200 + " مرحبا <script>alert(1)</script> =1+1 " + "x" * 10


def failed_payout(console: Console) -> int:
    recipient = console.service.make_recipient(account_number="A-1-AC04")
    payout = console.service.make_payout(recipient["id"])
    console.service.wait_for(payout["id"], "FAILED")
    return int(payout["id"])


def rows(page: Page) -> list[str]:
    return page.get_by_role("rowheader").all_inner_texts()


class TestList:
    def test_leads_from_a_search_to_the_payout_and_why_it_failed(self, console: Console) -> None:
        failed = failed_payout(console)
        page = console.sign_in("operator")
        page.goto(LIST)
        page.get_by_role("searchbox", name="Search").fill(str(failed))
        page.keyboard.press("Enter")
        expect(page.get_by_role("cell", name="Closed account (AC04)")).to_be_visible()
        console.take_screenshot(page, "payouts")
        page.get_by_role("link", name=str(failed), exact=True).click()
        expect(page.get_by_label("Summary")).to_contain_text("Closed account (AC04)")
        expect(page.get_by_text("A worker began to send it")).to_be_visible()
        console.take_screenshot(page, "payout", full_page=True)

    def test_is_filtered_with_the_keyboard_alone(
        self, console: Console, unattended_database: None
    ) -> None:
        recipient = console.service.make_recipient()["id"]
        console.service.make_payout(recipient)
        page = console.sign_in("viewer")
        page.goto(LIST)
        page.get_by_role("searchbox", name="Search").focus()
        for _ in range(2):  # the button Search, then the filters
            page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        page.get_by_label("Status").focus()
        page.keyboard.type("Fail")
        page.keyboard.press("Enter")
        page.get_by_role("button", name="Apply").focus()
        page.keyboard.press("Enter")
        page.wait_for_url(re.compile("status=FAILED"))
        expect(page.get_by_text("No payout matches")).to_be_visible()
        expect(page.get_by_text("Filters: Status: Failed")).to_be_visible()
        page.get_by_role("link", name="Show all payouts").click()
        expect(page.get_by_role("rowheader")).to_have_count(1)

    def test_finds_a_recipient_as_it_is_typed(
        self, console: Console, unattended_database: None
    ) -> None:
        wanted = console.service.make_recipient(name="Bob Wanted")["id"]
        payout = console.service.make_payout(wanted)["id"]
        console.service.make_payout(console.service.make_recipient()["id"])
        page = console.sign_in("operator")
        page.goto(LIST)
        page.get_by_text("Filters", exact=True).click()
        page.locator(".select2-selection").click()
        page.locator(".select2-search__field").fill("wanted")
        page.get_by_role("option", name=re.compile("Bob Wanted")).click()
        page.get_by_role("button", name="Apply").click()
        page.wait_for_url(re.compile(f"recipient={wanted}"))
        assert rows(page) == [str(payout)]

    @pytest.mark.parametrize("format_", ["CSV", "XLSX"])
    def test_is_downloaded_as_it_is_filtered(
        self, console: Console, unattended_database: None, format_: str
    ) -> None:
        console.service.make_payout()
        page = console.sign_in("viewer")
        page.goto(f"{LIST}?status=NEW")
        with page.expect_download() as download:
            page.get_by_role("link", name=format_, exact=True).click()
        name = download.value.suggested_filename
        assert name.startswith("payouts-")
        assert name.endswith(f"_status-NEW.{format_.lower()}")
        content = download.value.path().read_bytes()
        assert content.startswith(b"PK" if format_ == "XLSX" else b"\xef\xbb\xbfid,status,")
        assert b"GB29NWBK60161331926819" not in content

    def test_turns_pages_both_ways(self, console: Console, unattended_database: None) -> None:
        recipient = console.service.make_recipient()["id"]
        made = [str(console.service.make_payout(recipient)["id"]) for _ in range(52)]
        page = console.sign_in("operator")
        page.goto(LIST)
        assert rows(page) == made[:1:-1]
        page.get_by_role("link", name="Older payouts").click()
        expect(page.get_by_role("rowheader")).to_have_count(2)
        assert rows(page) == made[1::-1]
        page.get_by_role("link", name="Newer payouts").click()
        expect(page.get_by_role("rowheader")).to_have_count(50)
        assert rows(page) == made[:1:-1]

    def test_shows_times_and_why_one_waits_on_a_phone(
        self, console: Console, unattended_database: None
    ) -> None:
        console.service.make_payout(console.service.make_recipient()["id"])
        page = console.sign_in("operator", size=PHONE)
        page.goto(LIST)
        for text in ("Waiting for a worker since", "New", "10.00 USD", "Ann"):
            expect(page.get_by_role("cell", name=text).first).to_be_in_viewport()
        console.take_screenshot(page, "payouts-phone")


class TestEveryPage:
    @pytest.mark.parametrize("dark", [False, True])
    @pytest.mark.parametrize("size", [DESKTOP, PHONE])
    def test_is_accessible(self, console: Console, dark: bool, size: tuple[int, int]) -> None:
        failed = failed_payout(console)
        page = console.sign_in("operator", size=size, dark=dark)
        for path in (LIST, f"{LIST}?q=nothing", f"{LIST}?deleted=x", f"{LIST}{failed}/change/"):
            page.goto(path)
            assert page.url.endswith(path)
            assert axe_violations(page) == [], path
            assert overflow(page) == 0, path

    @pytest.mark.parametrize("size", [DESKTOP, PHONE])
    def test_holds_names_of_any_kind(
        self, console: Console, unattended_database: None, size: tuple[int, int]
    ) -> None:
        recipient = console.service.make_recipient(name=LONG_NAME)["id"]
        payout = console.service.make_payout(recipient, remittance_information="=1+1 " + "y" * 130)
        page = console.sign_in("operator", size=size)
        for path in (LIST, f"{LIST}{payout['id']}/change/"):
            page.goto(path)
            expect(page.get_by_text("<script>alert(1)</script>").first).to_be_visible()
            assert overflow(page) == 0, path
