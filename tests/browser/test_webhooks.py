"""The pages of webhooks."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from standardwebhooks import Webhook
from tests.browser.console import Console, axe_violations, each_look, overflow
from tests.raw_server import RawServer, says
from tests.webhook_rows import claim, complete, fan_out, make_endpoint, make_payouts, record

from payouts.adapters.database.models import WebhookDelivery, WebhookEndpoint
from payouts.adapters.database.webhooks.endpoints import DatabaseEndpoints
from payouts.domain.webhooks.endpoint import DisabledReason

WEBHOOKS = "/console/webhooks/"
LONG_URL = f"https://hooks.example/{'x' * 900}"
MARKUP = "<h1 id='forged'>forged</h1>"


@pytest.fixture
def receiver() -> Iterator[RawServer]:
    with RawServer.start() as server:
        yield server


@pytest.fixture
def administrator(console: Console) -> Page:
    page = console.sign_in("administrator")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    return page


def deliver(endpoint_id: int, *status_codes: int, **answer: Any) -> list[WebhookDelivery]:
    """Make a payout with three events, and record these answers to the first of its messages."""
    [payout] = make_payouts()
    complete(payout)
    fan_out(endpoint_id)
    batch = claim(endpoint_id, limit=len(status_codes))
    assert batch
    record(batch, *status_codes, **answer)
    return list(WebhookDelivery.objects.filter(endpoint_id=endpoint_id).order_by("id"))


def copied(page: Page) -> str:
    page.get_by_role("button", name="Copy the secret").click()
    expect(page.get_by_text("Copied.")).to_be_visible()
    return str(page.evaluate("navigator.clipboard.readText()"))


@pytest.mark.usefixtures("unattended_database")
class TestEndpoints:
    def test_are_added_tested_and_get_another_secret(
        self, administrator: Page, receiver: RawServer, console: Console
    ) -> None:
        page = administrator
        page.goto("/console/")
        page.locator("#nav-sidebar").get_by_role("link", name="Webhooks").click()
        expect(page.get_by_text("There are no webhooks yet")).to_be_visible()
        page.get_by_role("link", name="Add a webhook").click()
        page.get_by_label("URL").fill("https://10.0.0.1/")
        page.get_by_label("Description").fill("Shop")
        page.get_by_label("payout.failed").check()
        page.get_by_role("button", name="Add", exact=True).click()
        expect(page.get_by_text("10.0.0.1 is not a public address")).to_be_visible()
        expect(page.get_by_label("payout.failed")).to_be_checked()
        page.get_by_label("URL").fill(f"http://127.0.0.1:{receiver.port}/hook")
        page.get_by_role("button", name="Add", exact=True).click()
        secret = copied(page)
        console.take_screenshot(page, "webhook-secret")
        assert secret == WebhookEndpoint.objects.get().secret

        page.get_by_role("link", name="To the webhook").click()
        assert secret not in page.content()
        page.get_by_role("link", name="Send a test message").click()
        receiver.behave = says(200, MARKUP.encode())
        page.get_by_role("button", name="Send").click()
        expect(page.get_by_text("Answered 200")).to_be_visible()
        expect(page.get_by_text(MARKUP)).to_be_visible()
        expect(page.locator("#forged")).to_have_count(0)
        [request] = receiver.requests
        assert Webhook(secret).verify(request.body, request.headers)["type"] == "webhook.test"

        page.get_by_role("link", name="To the webhook").click()
        page.get_by_role("link", name="Rotate the secret").click()
        page.get_by_role("button", name="Rotate").click()
        rotated = copied(page)
        assert rotated != secret
        page.reload()
        expect(page.get_by_text("This form was sent already")).to_be_visible()
        assert WebhookEndpoint.objects.get().secret == rotated

    def test_are_disabled_enabled_and_removed(self, administrator: Page) -> None:
        endpoint = make_endpoint()
        page = administrator
        page.goto(f"{WEBHOOKS}{endpoint.id}/")
        page.get_by_role("button", name="Disable").click()
        expect(page.get_by_text("A person disabled it.")).to_be_visible()
        page.get_by_role("button", name="Enable").click()
        expect(page.get_by_role("button", name="Disable")).to_be_visible()
        page.get_by_role("link", name="Remove").click()
        page.get_by_role("button", name="Remove").click()
        expect(page.get_by_text("There are no webhooks yet")).to_be_visible()

    def test_show_their_health_in_the_list(self, administrator: Page, console: Console) -> None:
        page = administrator
        gone = make_endpoint(url="https://old.example/hooks")
        DatabaseEndpoints().disable(endpoint_id=gone.id, reason=DisabledReason.GONE)
        failing, working = make_endpoint(url="https://till.example/"), make_endpoint()
        make_endpoint(url="https://new.example/")
        deliver(failing.id, 500, 503, 500)
        deliver(working.id, *[200] * 6)
        page.goto(WEBHOOKS)
        for url, health in (
            ("old.example", "It answered 410"),
            ("till.example", "Nothing but failures since"),
            ("hooks.example", "Delivering"),
            ("new.example", "Nothing sent yet"),
        ):
            expect(page.get_by_role("row", name=url)).to_contain_text(health)
        console.take_screenshot(page, "webhooks")


@pytest.mark.usefixtures("unattended_database")
class TestDeliveries:
    def test_are_filtered_read_and_sent_again(self, administrator: Page, console: Console) -> None:
        endpoint = make_endpoint()
        delivery, *_ = deliver(endpoint.id, 500, 200, excerpt=MARKUP)
        page = administrator
        page.goto(f"{WEBHOOKS}{endpoint.id}/")
        expect(page.locator("tbody tr")).to_have_count(3)
        console.take_screenshot(page, "webhook")
        page.get_by_label("Event type").select_option("payout.created")
        page.get_by_role("button", name="Apply").click()
        expect(page.locator("tbody tr")).to_have_count(1)
        page.get_by_role("link", name=f"evt_{delivery.event_id}").click()
        expect(page.get_by_text("Answered 500").first).to_be_visible()
        expect(page.get_by_text(MARKUP)).to_be_visible()
        expect(page.locator("#forged")).to_have_count(0)
        console.take_screenshot(page, "webhook-delivery")
        page.get_by_role("button", name="Send it again").click()
        expect(page.get_by_text("The message is sent again soon")).to_be_visible()

    def test_are_made_again_by_a_replay(self, administrator: Page) -> None:
        endpoint = make_endpoint()
        deliver(endpoint.id, 200, 200, 200)
        page = administrator
        page.goto(f"{WEBHOOKS}{endpoint.id}/replay/")
        page.get_by_label("Since").fill("2026-01-01T12:00")
        page.get_by_role("button", name="Show what would be sent").click()
        expect(page.get_by_text("3 events are sent again")).to_contain_text("12:00:00 EET")
        page.get_by_role("button", name="Replay").click()
        expect(page.get_by_text("are sent again.")).to_be_visible()
        fan_out(endpoint.id)
        batch = claim(endpoint.id)
        assert batch
        assert len(batch.deliveries) == 3


@pytest.mark.usefixtures("unattended_database")
class TestPages:
    @each_look
    def test_are_accessible(self, console: Console, look: dict[str, Any]) -> None:
        page = console.sign_in("administrator", **look)
        page.goto(WEBHOOKS)
        _check(page)
        endpoint = make_endpoint(url=LONG_URL)
        DatabaseEndpoints().change(endpoint_id=endpoint.id, changes={"description": "d" * 255})
        delivery, *_ = deliver(endpoint.id, 500, 200, excerpt="e" * 1024)
        for rest in (
            "",
            "add/",
            f"{endpoint.id}/",
            f"{endpoint.id}/?status=FAILED",
            f"{endpoint.id}/edit/",
            f"{endpoint.id}/rotate-secret/",
            f"{endpoint.id}/test/",
            f"{endpoint.id}/replay/?since=2026-01-01T12:00",
            f"{endpoint.id}/replay/?since=x",
            f"{endpoint.id}/remove/",
            f"{endpoint.id}/deliveries/{delivery.pk}/",
        ):
            page.goto(f"{WEBHOOKS}{rest}")
            _check(page)

    @each_look
    def test_of_answers_and_secrets_are_accessible(
        self, console: Console, look: dict[str, Any], receiver: RawServer
    ) -> None:
        receiver.behave = says(500, b"e" * 1024)
        endpoint = make_endpoint(url=f"http://127.0.0.1:{receiver.port}/{'x' * 900}")
        page = console.sign_in("administrator", **look)
        page.goto(f"{WEBHOOKS}{endpoint.id}/test/")
        page.get_by_role("button", name="Send").click()
        expect(page.get_by_text("Answered 500")).to_be_visible()
        _check(page)
        page.goto(f"{WEBHOOKS}{endpoint.id}/rotate-secret/")
        page.get_by_role("button", name="Rotate").click()
        expect(page.locator("#secret")).to_be_visible()
        _check(page)
        page.goto(f"{WEBHOOKS}add/")
        page.get_by_label("URL").fill("ftp://hooks.example/")
        page.get_by_role("button", name="Add", exact=True).click()
        expect(page.get_by_text("must begin with https://")).to_be_visible()
        _check(page)


def _check(page: Page) -> None:
    expect(page.locator("#content")).to_be_visible()
    assert axe_violations(page) == [], page.url
    assert overflow(page) == 0, page.url
