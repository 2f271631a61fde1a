"""The pages of users, API tokens and roles."""

from typing import Any

from playwright.sync_api import Page, expect
from tests.browser.console import Console, axe_violations, each_look, overflow
from tests.running import eventually
from tests.users import make_token, make_user

from payouts.adapters.database.models import ApiToken

USERS = "/console/auth/user/"
TOKENS = "/console/payouts/apitoken/"
LONG_NAME = "x" * 150


def status_with(console: Console, token: str) -> int:
    with console.service.client(Authorization=f"Bearer {token}") as client:
        return client.get("/api/payouts/").status_code


def issue_token(page: Page, user: str, name: str) -> str:
    """Issue a token as a person does, up to the page that shows it."""
    page.goto(TOKENS)
    page.get_by_role("link", name="Issue a token").click()
    page.get_by_label("User").select_option(label=f"{user} (client)")
    page.get_by_label("Name").fill(name)
    page.get_by_role("button", name="Issue the token").click()
    expect(page.get_by_role("heading", name="Copy the token now")).to_be_visible()
    return page.locator("#token").inner_text()


class TestTokens:
    def test_are_issued_copied_and_revoked(self, console: Console) -> None:
        make_user("ann")
        page = console.sign_in("administrator")
        page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        token = issue_token(page, "ann", "billing")
        console.take_screenshot(page, "token-issued")
        page.get_by_role("button", name="Copy the token").click()
        expect(page.get_by_text("Copied.")).to_be_visible()
        assert page.evaluate("navigator.clipboard.readText()") == token
        assert status_with(console, token) == 200

        page.get_by_role("link", name="All API tokens").click()
        expect(page.locator("#result_list")).to_contain_text("billing")
        assert token not in page.content()
        page.get_by_role("link", name="Revoke billing of ann").click()
        expect(page.get_by_text("Revoke the token billing of ann?")).to_be_visible()
        page.get_by_role("button", name="Revoke").click()
        expect(page.get_by_text("The token billing of ann is revoked.")).to_be_visible()
        assert eventually(lambda: status_with(console, token) == 401)

    def test_are_selected_alone_by_a_click(self, console: Console) -> None:
        """For browsers without a clipboard for scripts."""
        make_user("ann")
        page = console.sign_in("administrator")
        token = issue_token(page, "ann", "billing")
        page.locator("#token").click()
        assert page.evaluate("getSelection().toString()") == token
        page.evaluate("getSelection().removeAllRanges()")
        page.evaluate("() => { navigator.clipboard.writeText = () => Promise.reject(new Error()) }")
        page.get_by_role("button", name="Copy the token").click()
        expect(page.locator("#copied")).not_to_be_empty()
        assert page.evaluate("getSelection().toString()") == token

    def test_are_not_shown_again_by_a_reload(self, console: Console) -> None:
        make_user("ann")
        page = console.sign_in("administrator")
        token = issue_token(page, "ann", "billing")
        page.reload()
        expect(page.get_by_text("This form was sent already")).to_be_visible()
        assert token not in page.content()
        assert ApiToken.objects.filter(name="billing").count() == 1


class TestUsers:
    def test_are_added_and_get_another_role(self, console: Console) -> None:
        page = console.sign_in("administrator")
        page.goto(f"{USERS}add/")
        page.get_by_label("Username").fill("olga")
        page.get_by_label("Role").select_option("viewer")
        page.get_by_label("Password").fill("a long password of the tests")
        page.get_by_role("button", name="Save").click()
        expect(page.get_by_text("olga was added.")).to_be_visible()

        olga = console.visit()
        olga.goto("/console/login/")
        olga.get_by_label("Username").fill("olga")
        olga.get_by_label("Password").fill("a long password of the tests")
        olga.keyboard.press("Enter")
        olga.wait_for_url("**/console/")
        navigation = olga.locator("#nav-sidebar")
        expect(navigation.get_by_role("link", name="Users")).to_have_count(0)

        page.get_by_role("link", name="olga", exact=True).click()
        expect(page.get_by_text("olga", exact=True).first).to_be_visible()
        page.get_by_label("Role").select_option("administrator")
        page.get_by_role("button", name="Save").click()
        expect(page.get_by_text("olga is saved.")).to_be_visible()
        expect(page.locator("#result_list tr", has_text="olga")).to_contain_text("Administrator")
        olga.reload()
        expect(navigation.get_by_role("link", name="Users")).to_be_visible()

    def test_are_told_what_is_wrong_beside_the_field(self, console: Console) -> None:
        page = console.sign_in("administrator")
        page.goto(f"{USERS}add/")
        page.get_by_label("Username").fill("olga")
        page.get_by_label("Role").select_option("client")
        page.get_by_label("Password").fill("a long password of the tests")
        page.get_by_role("button", name="Save").click()
        expect(page.get_by_text("so it has no password")).to_be_visible()
        assert axe_violations(page) == []


class TestRoles:
    def test_are_a_page_of_their_own_in_the_navigation(self, console: Console) -> None:
        page = console.sign_in("administrator")
        page.goto("/console/")
        page.get_by_role("link", name="Who may do what").first.click()
        row = page.get_by_role("row", name="Manage users and tokens")
        expect(row.get_by_role("cell")).to_have_text(["No", "No", "No", "No", "No", "Yes"])
        expect(page.locator("#nav-sidebar [aria-current=page]")).to_contain_text("Who may do what")
        console.take_screenshot(page, "roles")


class TestPages:
    @each_look
    def test_are_accessible(self, console: Console, look: dict[str, Any]) -> None:
        page = console.sign_in("administrator", **look)
        user = make_user(LONG_NAME, "integrator")
        token, _ = make_token(user, name="n" * 100)
        for address in (
            USERS,
            f"{USERS}add/",
            f"{USERS}{user.pk}/change/",
            TOKENS,
            f"{TOKENS}add/",
            f"{TOKENS}{token.pk}/change/",
            f"{TOKENS}{token.pk}/revoke/",
            "/console/roles/",
        ):
            page.goto(address)
            expect(page.locator("#content")).to_be_visible()
            assert axe_violations(page) == [], address
            assert overflow(page) == 0, address

    @each_look
    def test_of_a_new_token_is_accessible(self, console: Console, look: dict[str, Any]) -> None:
        make_user("ann")
        page = console.sign_in("administrator", **look)
        issue_token(page, "ann", "n" * 100)
        assert axe_violations(page) == []
        assert overflow(page) == 0
