"""What is around every page of the console: navigation, search, badge, errors, times."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection
from playwright.sync_api import Page, Response, expect
from tests.administration import administer
from tests.browser.console import PHONE, Console, axe_violations, each_look, overflow

# Words of Django's, of its apps and of packages.
FOREIGN_WORDS = ["Knox", "Groups", "Site administration", "Authentication and", "Django", "model"]


def tab_to(page: Page, name: str, *, at_most: int = 40) -> None:
    """Press Tab until the element with this name has the focus."""
    for _ in range(at_most):
        page.keyboard.press("Tab")
        focused = page.evaluate(
            "document.activeElement.ariaLabel || document.activeElement.innerText"
        )
        if name in (focused or ""):
            return
    raise AssertionError(f"{name} cannot be reached")


def send_large_form(page: Page) -> Response:
    """Send a form with more fields than Django takes."""
    page.goto("/console/payouts/recipient/add/")
    with page.expect_navigation() as navigation:
        page.evaluate("""() => {
            const form = document.createElement("form");
            form.method = "post";
            for (let number = 0; number < 1001; number++) {
                const field = document.createElement("input");
                field.name = `f${number}`;
                form.append(field);
            }
            document.body.append(form);
            form.submit();
        }""")
    assert navigation.value
    return navigation.value


@contextmanager
def locked_user(username: str) -> Iterator[int]:
    """Hold the lock of a user's row, as another change of it would; yield the user's id."""
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            cursor.execute("BEGIN")
            cursor.execute("SELECT id FROM auth_user WHERE username = %s FOR UPDATE", [username])
            [user_id] = cursor.fetchone()
            yield user_id
    finally:
        other.close()


@contextmanager
def without_table(name: str) -> Iterator[None]:
    """Take a table away, as before a migration."""
    administer(f"ALTER TABLE {name} RENAME TO hidden")
    try:
        yield
    finally:
        administer(f"ALTER TABLE hidden RENAME TO {name}")


class TestNavigation:
    def test_leads_to_the_pages_by_task(self, console: Console) -> None:
        page = console.sign_in("administrator")
        page.goto("/console/")
        navigation = page.locator("#nav-sidebar")
        expect(navigation.get_by_role("heading")).to_have_text(
            ["Payouts", "Recipients", "Clients", "Access"]
        )
        navigation = navigation.locator("#nav-sidebar-apps")
        for name, path in (
            ("All payouts", "/console/payouts/payout/"),
            ("Needs review", "/console/payouts/payout/?needs_review=true"),
            ("All recipients", "/console/payouts/recipient/"),
            ("Users", "/console/auth/user/"),
            ("Overview", "/console/"),
        ):
            navigation.get_by_role("link", name=name, exact=True).click()
            page.wait_for_url(lambda url, path=path: url == console.service.web_url + path)
            current = navigation.locator("[aria-current=page]")
            expect(current).to_have_count(1)
            expect(current).to_contain_text(name)

    def test_hides_what_leads_to_a_refusal(self, console: Console) -> None:
        page = console.sign_in("operator")
        page.goto("/console/")
        navigation = page.locator("#nav-sidebar")
        expect(navigation.get_by_role("link", name="All payouts")).to_be_visible()
        expect(page.get_by_role("link", name="Users")).to_have_count(0)
        expect(page.get_by_role("heading", name="Access")).to_have_count(0)

    def test_uses_the_words_of_the_product(self, console: Console) -> None:
        page = console.sign_in("administrator")
        for path in ("", "payouts/payout/", "payouts/recipient/", "payouts/recipient/add/"):
            page.goto(f"/console/{path}")
            text = page.title() + page.locator("#page").inner_text()
            assert [word for word in FOREIGN_WORDS if word in text] == []
            assert page.title().endswith("Payouts")

    def test_of_a_django_app_leads_to_the_overview(self, console: Console) -> None:
        page = console.sign_in("administrator")
        page.goto("/console/auth/")
        assert page.url.endswith("/console/")

    def test_works_by_keyboard(self, console: Console) -> None:
        page = console.sign_in(size=PHONE)
        page.goto("/console/payouts/payout/")
        page.keyboard.press("Tab")
        skip = page.get_by_role("link", name="Skip to the content")
        expect(skip).to_be_focused()
        expect(skip).to_be_in_viewport()
        tab_to(page, "Navigation")
        page.keyboard.press("Enter")
        expect(page.get_by_role("link", name="All recipients")).to_be_in_viewport()
        page.keyboard.press("Enter")
        expect(page.get_by_role("link", name="All recipients")).not_to_be_visible()

    def test_opens_the_menu_of_the_account_by_keyboard(self, console: Console) -> None:
        page = console.sign_in()
        page.goto("/console/")
        tab_to(page, "operator")
        page.keyboard.press("Enter")
        expect(page.get_by_role("button", name="Log out")).to_be_visible()
        page.get_by_role("button", name="Log out").click()
        expect(page.get_by_text("You are logged out")).to_be_visible()


class TestSearch:
    def test_finds_pages_payouts_and_recipients(self, console: Console) -> None:
        payout = console.service.make_payout()
        page = console.sign_in()
        page.goto("/console/")
        for term, wanted in (
            ("review", "Needs review"),
            (payout["idempotency_key"], f"Payout {payout['id']}"),
            (payout["reference"], f"Payout {payout['id']}"),
            ("Ann Ex", "Ann Example"),
        ):
            page.keyboard.press("Control+k")
            box = page.get_by_placeholder("Type to search")
            expect(box).to_be_focused()
            box.press_sequentially(term)
            expect(page.locator("#command-results a").first).to_contain_text(wanted)
            page.keyboard.press("ArrowDown")
            page.keyboard.press("Enter")
            page.wait_for_url(re.compile("/payouts/"))
            page.goto("/console/")

    def test_shows_no_page_that_the_user_may_not_see(self, console: Console) -> None:
        page = console.sign_in("operator")
        for term in ("users", "\0users", "9" * 40, "<b>"):
            answer = page.request.get("/console/search/", params={"s": term})
            assert answer.status == 200
            assert "href" not in answer.text()


class TestBadge:
    @each_look
    def test_says_that_money_is_not_real(self, console: Console, look: dict[str, Any]) -> None:
        page = console.sign_in(**look)
        for path in ("", "payouts/payout/", "payouts/recipient/add/"):
            page.goto(f"/console/{path}")
            expect(page.get_by_text("Sandbox", exact=True)).to_be_in_viewport(ratio=1)
            assert page.title().startswith("[Sandbox]")

    def test_says_that_money_is_real(self, console: Console) -> None:
        with console.service.another_web(PAYOUTS_ENVIRONMENT="live") as address:
            page = console.sign_in("operator")
            console.addresses.append(address)
            page.goto(f"{address}/console/")
            expect(page.get_by_text("Live", exact=True)).to_be_visible()
            assert "Sandbox" not in page.content()


class TestErrors:
    @each_look
    def test_have_pages_in_the_same_dress(self, console: Console, look: dict[str, Any]) -> None:
        page = console.sign_in("operator", **look)
        for path, status, text in (
            ("nothing/", 404, "There is nothing at this address"),
            ("auth/user/", 403, "Your role does not allow this"),
        ):
            answer = page.goto(f"/console/{path}")
            assert answer
            assert answer.status == status
            expect(page.get_by_role("heading", name=text).first).to_be_visible()
            expect(page.get_by_text("Sandbox", exact=True)).to_be_visible()
            assert axe_violations(page) == []
            assert overflow(page) == 0

    @each_look
    def test_of_forms_and_of_the_database_say_what_to_do(
        self, console: Console, look: dict[str, Any]
    ) -> None:
        page = console.sign_in("administrator", **look)
        self.expect_error(send_large_form(page), page, 400, "This request cannot be read")
        with locked_user("ursula") as user_id:
            page.goto(f"/console/auth/user/{user_id}/change/")
            with page.expect_navigation() as navigation:
                page.get_by_role("button", name="Save", exact=True).click()
            self.expect_error(navigation.value, page, 409, "Somebody else is changing the same")
        with without_table("payouts_recipient"):
            answer = page.goto("/console/payouts/recipient/")
            self.expect_error(answer, page, 503, "The database is unavailable")

    def expect_error(self, answer: Response | None, page: Page, status: int, title: str) -> None:
        assert answer
        assert answer.status == status
        expect(page.get_by_role("heading", name=title).first).to_be_visible()
        expect(page.get_by_role("link", name="Go to the overview").first).to_be_visible()
        assert axe_violations(page) == []
        assert overflow(page) == 0

    def test_say_what_to_do_with_an_expired_form(self, console: Console) -> None:
        page = console.sign_in()
        page.goto("/console/payouts/recipient/add/")
        page.context.clear_cookies(name="csrftoken")
        page.get_by_label("Name").fill("Ann")
        page.get_by_label("Account number").fill("A-1")
        page.get_by_role("button", name="Save", exact=True).click()
        expect(page.get_by_role("heading", name="This form has expired").first).to_be_visible()

    @each_look
    def test_of_too_many_log_ins_have_a_page(self, console: Console, look: dict[str, Any]) -> None:
        page = console.visit(**look)
        for _ in range(10):
            page.goto("/console/login/")
            page.get_by_label("Username").fill("nobody")
            page.get_by_label("Password").fill("wrong")
            with page.expect_navigation():
                page.keyboard.press("Enter")
        expect(page.get_by_role("heading", name="Too many failed log-ins")).to_be_visible()
        expect(page.get_by_text("Try again in 15 minutes.")).to_be_visible()
        assert axe_violations(page) == []


class TestTimes:
    @pytest.mark.parametrize(
        ("time_zone", "abbreviation"),
        [("Europe/Kyiv", "EET"), ("America/New_York", "EST"), ("Asia/Kolkata", "IST")],
    )
    def test_are_in_the_zone_of_the_browser(
        self, console: Console, time_zone: str, abbreviation: str
    ) -> None:
        payout = console.service.make_payout()
        page = console.sign_in(time_zone=time_zone)
        page.goto(f"/console/payouts/payout/{payout['id']}/change/")
        pattern = r"\d+ [A-Z][a-z]{2} \d{4}, \d\d:\d\d:\d\d " + f"({abbreviation}|[A-Z]{{3}})"
        shown = re.findall(pattern, page.locator("#content").inner_text())
        assert set(shown) <= {abbreviation, abbreviation.replace("S", "D"), "EEST"}
        assert shown

    def test_are_learned_from_the_first_page(self, console: Console) -> None:
        page = console.visit(time_zone="Asia/Tokyo")
        page.goto("/console/login/")
        cookies = {cookie["name"]: cookie["value"] for cookie in page.context.cookies()}
        assert cookies["timezone"] == "Asia%2FTokyo"

    @pytest.mark.parametrize("text", ["../../etc/passwd", "Nowhere/City", "", "%00", "Europe"])
    def test_are_in_utc_if_the_cookie_names_no_zone(self, console: Console, text: str) -> None:
        payout = console.service.make_payout()
        page = console.sign_in()
        page.context.clear_cookies(name="timezone")
        console.set_cookies(page, timezone=text)
        answer = page.request.get(f"/console/payouts/payout/{payout['id']}/change/")
        assert re.search(r"\d\d:\d\d:\d\d UTC", answer.text())


class TestPages:
    @each_look
    @pytest.mark.parametrize("path", ["payouts/payout/", "payouts/recipient/"])
    def test_are_accessible(self, console: Console, path: str, look: dict[str, Any]) -> None:
        console.service.make_payout()
        page = console.sign_in(**look)
        page.goto(f"/console/{path}")
        assert axe_violations(page) == []
        assert overflow(page) == 0
