"""Webhooks in the console: who gets there, and what each action does."""

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime
from http import HTTPStatus
from threading import Barrier, BrokenBarrierError
from typing import Any

import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.db import connection
from django.test import Client
from django.utils import timezone
from structlog.testing import capture_logs
from tests.raw_server import RawServer, says
from tests.users import make_user
from tests.webhook_rows import (
    claim,
    complete,
    fan_out,
    let_time_pass,
    make_endpoint,
    make_payouts,
    message_ids,
    record,
)

from payouts.adapters.database.models import WebhookDelivery, WebhookEndpoint
from payouts.adapters.database.webhooks.endpoints import DatabaseEndpoints
from payouts.domain.client_events import ClientEventType
from payouts.domain.role import Role
from payouts.domain.webhooks.endpoint import DisabledReason

pytestmark = pytest.mark.usefixtures("database")

WEBHOOKS = "/console/webhooks/"
URL = "https://hooks.example/payouts?tenant=1"
MARKUP = "<script>alert(1)</script>"


@pytest.fixture
def admin(database: None) -> Client:
    return signed_in(Role.ADMINISTRATOR)


@pytest.fixture
def server() -> Iterator[RawServer]:
    with RawServer.start() as server:
        yield server


def signed_in(role: Role, **options: Any) -> Client:
    client = Client(**options)
    client.force_login(make_user("adele", role))
    return client


def page_of(endpoint: Any, rest: str = "") -> str:
    return f"{WEBHOOKS}{endpoint.id}/{rest}"


def read(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == HTTPStatus.OK, address
    return str(answer.content.decode())


def send(client: Client, address: str, **fields: Any) -> Any:
    """Open a form and send it, with the hidden fields that it has."""
    hidden = re.findall(r'name="(form_id|seen_updated_at)" value="([^"]+)"', read(client, address))
    return client.post(address, dict(hidden) | fields)


def text_of(answer: Any) -> str:
    assert answer.status_code == HTTPStatus.OK
    return str(answer.content.decode())


def secret_of(answer: Any) -> str:
    [secret] = re.findall(r'id="secret">(whsec_[^<]+)<', text_of(answer))
    return str(secret)


def stored(endpoint: Any) -> WebhookEndpoint:
    return WebhookEndpoint.objects.get(pk=endpoint.id)


def delivered(endpoint: Any, *status_codes: int, **answer: Any) -> list[WebhookDelivery]:
    """Make payouts and record these answers to their messages; return the deliveries in order."""
    make_payouts(len(status_codes))
    fan_out(endpoint.id)
    batch = claim(endpoint.id, limit=len(status_codes))
    assert batch
    record(batch, *status_codes, **answer)
    return list(WebhookDelivery.objects.order_by("id"))


def health_of(client: Client) -> Any:
    [row] = client.get(WEBHOOKS).context["rows"]
    return row.health


class TestPages:
    @pytest.mark.parametrize("role", [role for role in Role if role is not Role.ADMINISTRATOR])
    def test_are_for_administrators_only(self, role: Role) -> None:
        endpoint = make_endpoint()
        [delivery] = delivered(endpoint, 200)
        before = stored(endpoint).__dict__, delivery.status
        client = signed_in(role)
        refused = HTTPStatus.FORBIDDEN if role.uses_console else HTTPStatus.FOUND
        forged = {"url": URL, "form_id": "x", "since": "2026-01-01T00:00:00Z"}
        for address in (
            WEBHOOKS,
            f"{WEBHOOKS}add/",
            *(
                page_of(endpoint, rest)
                for rest in (
                    "",
                    "edit/",
                    "enable/",
                    "disable/",
                    "rotate-secret/",
                    "test/",
                    "replay/",
                    "remove/",
                    f"deliveries/{delivery.pk}/",
                    f"deliveries/{delivery.pk}/resend/",
                )
            ),
        ):
            assert client.get(address).status_code == refused, address
            assert client.post(address, forged).status_code == refused, address
        delivery.refresh_from_db()
        after = stored(endpoint).__dict__, delivery.status
        assert _without_state(before) == _without_state(after)

    @pytest.mark.parametrize("role", [role for role in Role if role.uses_console])
    def test_have_a_link_for_those_who_may_see_them(self, role: Role) -> None:
        index = read(signed_in(role), "/console/")
        assert (f'href="{WEBHOOKS}"' in index) is (role is Role.ADMINISTRATOR)

    def test_need_the_csrf_token_of_the_form(self) -> None:
        endpoint = make_endpoint()
        client = signed_in(Role.ADMINISTRATOR, enforce_csrf_checks=True)
        for rest in ("disable/", "rotate-secret/", "remove/", "test/", "replay/", "edit/"):
            assert client.post(page_of(endpoint, rest)).status_code == HTTPStatus.FORBIDDEN
        assert stored(endpoint).is_enabled

    def test_change_nothing_when_they_are_only_opened(self, admin: Client) -> None:
        endpoint = make_endpoint()
        [delivery] = delivered(endpoint, 200)
        for rest in ("enable/", "disable/", f"deliveries/{delivery.pk}/resend/"):
            assert admin.get(page_of(endpoint, rest)).status_code == HTTPStatus.FOUND
        for rest in ("rotate-secret/", "remove/", "test/", "replay/?since=2026-01-01T00:00"):
            read(admin, page_of(endpoint, rest))
        delivery.refresh_from_db()
        assert (stored(endpoint).is_enabled, delivery.status) == (True, "DELIVERED")
        assert stored(endpoint).secret == endpoint.secret

    @pytest.mark.parametrize("number", ["999999", "9" * 40])
    def test_of_what_does_not_exist_say_so(self, admin: Client, number: str) -> None:
        endpoint = make_endpoint()
        removed = make_endpoint()
        DatabaseEndpoints().remove(endpoint_id=removed.id)
        rests = ("", "edit/", "enable/", "rotate-secret/", "test/", "replay/", "remove/")
        addresses = [f"{WEBHOOKS}{each}/{rest}" for each in (number, removed.id) for rest in rests]
        addresses += [page_of(endpoint, f"deliveries/{number}/{rest}") for rest in ("", "resend/")]
        for address in addresses:
            answer = admin.post(address, {"since": "2026-01-01T00:00"})
            assert answer.status_code == HTTPStatus.NOT_FOUND, address

    def test_of_one_webhook_do_not_show_deliveries_of_another(self, admin: Client) -> None:
        [delivery] = delivered(make_endpoint(), 200)
        address = page_of(make_endpoint(), f"deliveries/{delivery.pk}/")
        assert admin.get(address).status_code == HTTPStatus.NOT_FOUND
        assert admin.post(f"{address}resend/").status_code == HTTPStatus.NOT_FOUND


def _without_state(pair: Any) -> Any:
    fields, status = pair
    return {name: value for name, value in fields.items() if name != "_state"}, status


class TestList:
    def test_says_what_to_do_when_it_is_empty(self, admin: Client) -> None:
        page = read(admin, WEBHOOKS)
        assert "There are no webhooks yet" in page
        assert f'href="{WEBHOOKS}add/"' in page

    def test_shows_one_that_has_sent_nothing(self, admin: Client) -> None:
        make_endpoint()
        health = health_of(admin)
        assert (health.label[0], health.waiting, health.last_delivery) == (
            "Nothing sent yet",
            "None",
            "Never",
        )

    def test_shows_one_that_delivers(self, admin: Client) -> None:
        delivered(make_endpoint(), 200)
        health = health_of(admin)
        assert (health.label[0], health.waiting) == ("Delivering", "None")
        assert re.fullmatch(r"\d\d:\d\d", health.last_delivery)

    def test_shows_since_when_one_fails(self, admin: Client) -> None:
        delivered(make_endpoint(), 500)
        health = health_of(admin)
        assert (health.label[0], health.waiting) == ("Failing", "1")
        assert re.search(r"failures since \d\d:\d\d\. The next attempt is at", health.explanation)
        assert health.last_delivery == "Never"

    @pytest.mark.parametrize(
        ("reason", "text"),
        [
            (DisabledReason.MANUAL, "A person disabled it."),
            (DisabledReason.GONE, "It answered 410 (gone)."),
            (DisabledReason.FAILING, "Nothing but failures since"),
        ],
    )
    def test_shows_why_one_is_disabled(
        self, admin: Client, reason: DisabledReason, text: str
    ) -> None:
        DatabaseEndpoints().disable(endpoint_id=make_endpoint().id, reason=reason)
        health = health_of(admin)
        assert health.label[0] == "Disabled"
        assert health.explanation.startswith(text)

    def test_shows_a_backlog(self, admin: Client) -> None:
        endpoint = make_endpoint()
        make_payouts(2)
        fan_out(endpoint.id)
        assert health_of(admin).label[0] == "Delivering"
        let_time_pass(600)
        health = health_of(admin)
        assert (health.label[0], health.waiting) == ("Backlog", "2")
        assert "workers are behind, or none runs" in health.explanation

    def test_counts_a_long_backlog_only_so_far(self, admin: Client) -> None:
        endpoint = make_endpoint()
        [delivery] = delivered(endpoint, 500)
        WebhookDelivery.objects.bulk_create(
            WebhookDelivery(
                endpoint_id=endpoint.id,
                event_id=1_000_000 + number,
                payout_id=delivery.payout_id,
                event_type=delivery.event_type,
                status="PENDING",
                next_attempt_at=timezone.now(),
                created_at=timezone.now(),
            )
            for number in range(1_100)
        )
        health = health_of(admin)
        assert (health.waiting, health.last_delivery) == ("1,000+", "None of the newest 1,000")

    def test_has_pages(self, admin: Client) -> None:
        ids = [make_endpoint().id for _ in range(21)]
        first = admin.get(WEBHOOKS).context
        assert [row.endpoint.id for row in first["rows"]] == ids[:0:-1]
        second = admin.get(f"{WEBHOOKS}{first['pages'].next_url}").context
        assert [row.endpoint.id for row in second["rows"]] == ids[:1]
        assert second["pages"].previous_url
        assert admin.get(f"{WEBHOOKS}?cursor=x").context["pages"].is_first


class TestAdd:
    def test_shows_the_secret_once(self, admin: Client) -> None:
        with capture_logs() as logs:
            page = send(
                admin,
                f"{WEBHOOKS}add/",
                url=f" {URL} ",
                description="Shop",
                event_types=["payout.failed", "payout.completed"],
            )
        row = WebhookEndpoint.objects.get()
        assert secret_of(page) == row.secret
        assert "no-store" in page["Cache-Control"]
        assert (row.url, row.description, row.created_by) == (URL, "Shop", "adele")
        assert row.event_types == ["payout.failed", "payout.completed"]
        for rest in ("", "edit/", "rotate-secret/", "test/", "replay/", "remove/"):
            assert row.secret not in read(admin, page_of(row, rest))
        assert row.secret not in read(admin, WEBHOOKS)
        assert row.secret not in str(logs)

    def test_means_all_events_if_none_are_chosen(self, admin: Client) -> None:
        send(admin, f"{WEBHOOKS}add/", url=URL)
        assert WebhookEndpoint.objects.get().event_types == []

    @pytest.mark.parametrize(
        ("fields", "field", "error"),
        [
            ({"url": ""}, "url", "This field is required."),
            ({"url": "hooks.example"}, "url", "must begin with https://"),
            ({"url": "https://user@hooks.example/"}, "url", "no user name and no password"),
            ({"url": "https://10.0.0.1/"}, "url", "10.0.0.1 is not a public address"),
            ({"url": "https://169.254.169.254/latest/"}, "url", "is not a public address"),
            ({"url": "http://8.8.8.8/"}, "url", "Use https."),
            ({"description": "x" * 256}, "description", "255"),
            ({"description": "a\u202eb"}, "description", "255"),
            ({"event_types": ["payout.paid"]}, "event_types", "not one of the available choices"),
        ],
    )
    def test_refuses_at_the_field(
        self, admin: Client, fields: dict[str, Any], field: str, error: str
    ) -> None:
        page = send(admin, f"{WEBHOOKS}add/", **({"url": URL} | fields))
        [message] = page.context["form"].errors[field]
        assert error in message
        assert set(page.context["form"].errors) == {field}
        assert not WebhookEndpoint.objects.exists()

    def test_takes_what_was_corrected(self, admin: Client) -> None:
        asked = {"description": "Shop", "event_types": ["payout.failed", "payout.created"]}
        page = send(admin, f"{WEBHOOKS}add/", url="https://10.0.0.1/", **asked)
        form = page.context["form"]
        assert form["event_types"].value() == asked["event_types"]
        secret_of(
            admin.post(f"{WEBHOOKS}add/", asked | {"url": URL, "form_id": form["form_id"].value()})
        )

    def test_is_not_repeated_by_a_reload(self, admin: Client) -> None:
        form_id = admin.get(f"{WEBHOOKS}add/").context["form"].initial["form_id"]
        form = {"url": URL, "form_id": form_id}
        secret_of(admin.post(f"{WEBHOOKS}add/", form))
        assert "This form was sent already" in text_of(admin.post(f"{WEBHOOKS}add/", form))
        assert WebhookEndpoint.objects.count() == 1


class TestEdit:
    def test_changes_what_was_changed(self, admin: Client) -> None:
        endpoint = make_endpoint(ClientEventType.FAILED)
        answer = send(
            admin, page_of(endpoint, "edit/"), url=URL, description="Shop", event_types=[]
        )
        assert answer["Location"] == page_of(endpoint)
        row = stored(endpoint)
        assert (row.url, row.description, row.event_types) == (URL, "Shop", [])
        assert row.secret == endpoint.secret

    def test_does_not_check_a_url_that_stays(self, admin: Client) -> None:
        """An address that is refused now should not keep anybody from editing the rest."""
        endpoint = make_endpoint(url="https://10.0.0.1/")
        send(admin, page_of(endpoint, "edit/"), url="https://10.0.0.1/", description="Old")
        assert stored(endpoint).description == "Old"

    def test_refuses_at_the_field(self, admin: Client) -> None:
        endpoint = make_endpoint()
        page = send(admin, page_of(endpoint, "edit/"), url="https://192.168.0.1/")
        assert "is not a public address" in page.context["form"].errors["url"][0]
        assert stored(endpoint).url == endpoint.url

    def test_refuses_when_somebody_else_has_changed_it(self, admin: Client) -> None:
        endpoint = make_endpoint()
        address = page_of(endpoint, "edit/")
        seen = admin.get(address).context["form"].initial["seen_updated_at"]
        DatabaseEndpoints().change(endpoint_id=endpoint.id, changes={"description": "Theirs"})
        form = {"url": URL, "description": "Mine", "seen_updated_at": seen}
        assert "was changed since you opened it" in text_of(admin.post(address, form))
        assert stored(endpoint).description == "Theirs"

    def test_disables_and_enables(self, admin: Client) -> None:
        endpoint = make_endpoint()
        page = text_of(admin.post(page_of(endpoint, "disable/"), follow=True))
        assert "The webhook is disabled." in page
        assert stored(endpoint).disabled_reason == "MANUAL"
        page = text_of(admin.post(page_of(endpoint, "enable/"), follow=True))
        assert "The webhook is enabled." in page
        assert stored(endpoint).is_enabled

    def test_removes(self, admin: Client) -> None:
        endpoint = make_endpoint()
        assert "Messages that wait are not sent" in read(admin, page_of(endpoint, "remove/"))
        page = text_of(admin.post(page_of(endpoint, "remove/"), follow=True))
        assert f"The webhook to {endpoint.url} is removed." in page
        assert "There are no webhooks yet" in page
        assert (stored(endpoint).secret, stored(endpoint).is_enabled) == ("", False)


class TestSecret:
    def test_is_rotated_and_shown_once(self, admin: Client) -> None:
        endpoint = make_endpoint()
        address = page_of(endpoint, "rotate-secret/")
        assert "The old one signs too for 24 hours." in read(admin, address)
        page = send(admin, address)
        secret = secret_of(page)
        assert "the old secret too for 24 hours" in text_of(page)
        assert DatabaseEndpoints().target(endpoint_id=endpoint.id).secrets == (
            secret,
            endpoint.secret,
        )
        assert secret not in read(admin, address)

    def test_is_not_rotated_again_by_a_reload(self, admin: Client) -> None:
        endpoint = make_endpoint()
        address = page_of(endpoint, "rotate-secret/")
        form = {"form_id": admin.get(address).context["form_id"]}
        secret = secret_of(admin.post(address, form))
        assert "This form was sent already" in text_of(admin.post(address, form))
        assert stored(endpoint).secret == secret

    def test_is_rotated_once_by_a_double_click(
        self, admin: Client, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        endpoint = make_endpoint()
        address = page_of(endpoint, "rotate-secret/")
        form = {"form_id": admin.get(address).context["form_id"]}
        together = Barrier(2)
        load = SessionStore.load

        def load_together(store: SessionStore) -> Any:
            """Let both requests read the session before one writes it, if nothing keeps them."""
            loaded = load(store)
            with suppress(BrokenBarrierError):
                together.wait(1)
            return loaded

        monkeypatch.setattr(SessionStore, "load", load_together)

        def click(_: int) -> bool:
            client = Client()
            client.cookies.update(admin.cookies)
            try:
                return 'id="secret"' in text_of(client.post(address, form))
            finally:
                connection.close()

        with ThreadPoolExecutor(2) as threads:
            assert sorted(threads.map(click, range(2))) == [False, True]
        assert stored(endpoint).previous_secret == endpoint.secret


class TestTest:
    def test_shows_what_came_back_as_text(self, admin: Client, server: RawServer) -> None:
        endpoint = make_endpoint(url=f"http://127.0.0.1:{server.port}/hook")
        server.behave = says(418, MARKUP.encode())
        page = text_of(admin.post(page_of(endpoint, "test/")))
        assert "Answered 418" in page
        assert "Does not work" in page
        assert MARKUP not in page
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
        assert len(server.requests) == 1

    def test_says_that_it_works(self, admin: Client, server: RawServer) -> None:
        endpoint = make_endpoint(url=f"http://127.0.0.1:{server.port}/hook")
        page = text_of(admin.post(page_of(endpoint, "test/")))
        assert "Answered 204" in page
        assert "Does not work" not in page

    def test_says_why_nothing_came_back(self, admin: Client) -> None:
        endpoint = make_endpoint(url="https://10.0.0.1/")
        page = text_of(admin.post(page_of(endpoint, "test/")))
        assert "Does not work" in page
        assert "10.0.0.1" in page


class TestDeliveries:
    def test_are_listed_with_what_came_back(self, admin: Client) -> None:
        endpoint = make_endpoint()
        [payout] = make_payouts()
        complete(payout)
        fan_out(endpoint.id)
        batch = claim(endpoint.id, limit=2)
        assert batch
        record(batch, 200, 500)
        waiting, failing, ended = admin.get(page_of(endpoint)).context["rows"]
        assert (waiting.label[0], waiting.outcome[:9]) == ("Pending", "Due since")
        assert failing.label[0] == "Retrying"
        assert re.fullmatch(r"Answered 500, next attempt .*\d\d:\d\d", failing.outcome)
        assert ended.label[0] == "Delivered"
        assert re.fullmatch(r"Answered 200, delivered \d\d:\d\d", ended.outcome)
        page = read(admin, page_of(endpoint))
        assert f'href="/console/payouts/payout/{payout.id}/change/"' in page

    @pytest.mark.parametrize(
        ("query", "shown"),
        [
            ("", 3),
            ("?status=DELIVERED", 1),
            ("?status=PENDING&event_type=", 2),
            ("?event_type=payout.created", 1),
            ("?status=FAILED", 0),
            ("?status=delivered", 3),
            ("?event_type=%00", 3),
        ],
    )
    def test_are_filtered(self, admin: Client, query: str, shown: int) -> None:
        endpoint = make_endpoint()
        [payout] = make_payouts()
        complete(payout)
        fan_out(endpoint.id)
        batch = claim(endpoint.id, limit=1)
        assert batch
        record(batch, 200)
        assert len(admin.get(page_of(endpoint, query)).context["rows"]) == shown

    def test_have_pages_which_keep_the_filters(self, admin: Client) -> None:
        endpoint = make_endpoint()
        delivered(endpoint, *[200] * 51)
        first = admin.get(page_of(endpoint, "?status=DELIVERED")).context
        second = admin.get(page_of(endpoint, first["pages"].next_url)).context
        assert (len(first["rows"]), len(second["rows"])) == (50, 1)
        assert "status=DELIVERED" in second["pages"].previous_url

    def test_have_a_page_with_the_answer_as_text(self, admin: Client) -> None:
        endpoint = make_endpoint()
        [delivery] = delivered(endpoint, 500, excerpt=MARKUP, error=f"broke {MARKUP}")
        page = read(admin, page_of(endpoint, f"deliveries/{delivery.pk}/"))
        assert "Answered 500" in page
        assert f"evt_{delivery.event_id}" in page
        assert MARKUP not in page
        assert page.count("&lt;script&gt;alert(1)&lt;/script&gt;") >= 2
        assert MARKUP not in read(admin, page_of(endpoint))

    def test_are_sent_again(self, admin: Client) -> None:
        endpoint = make_endpoint()
        [delivery] = delivered(endpoint, 200)
        address = page_of(endpoint, f"deliveries/{delivery.pk}/resend/")
        assert "is sent again soon" in text_of(admin.post(address, follow=True))
        assert message_ids(claim(endpoint.id)) == [f"evt_{delivery.event_id}"]


class TestReplay:
    def test_says_first_what_it_sends(self, admin: Client) -> None:
        make_payouts(2)
        endpoint = make_endpoint()
        delivered(endpoint, 200)
        page = admin.get(page_of(endpoint, "replay/?since=2026-01-01T00:00")).context["preview"]
        assert page.since == "2026-01-01T00:00:00+00:00"
        amount = r"3 events are sent again: all since 1 Jan 2026, 00:00.* ago\."
        assert re.match(amount, page.sentences[0])
        assert "Events from before the webhook was added are sent too." in page.sentences
        assert claim(endpoint.id) is None

    def test_counts_events_of_the_types_of_the_webhook(self, admin: Client) -> None:
        [payout] = make_payouts()
        complete(payout)
        endpoint = make_endpoint(ClientEventType.COMPLETED)
        page = admin.get(page_of(endpoint, "replay/?since=2026-01-01T00:00")).context["preview"]
        assert page.sentences[0].startswith("1 event is sent again")

    def test_sends_events_again(self, admin: Client) -> None:
        endpoint = make_endpoint()
        payouts = make_payouts(2)
        fan_out(endpoint.id)
        batch = claim(endpoint.id)
        assert batch
        record(batch, 200, 200)
        form = {"since": payouts[1].created_at.isoformat()}
        preview = admin.get(page_of(endpoint, "replay/"), form).context["preview"]
        assert preview.sentences[0].startswith("1 event is sent again")
        page = admin.post(page_of(endpoint, "replay/"), form, follow=True)
        assert "are sent again." in text_of(page)
        fan_out(endpoint.id)
        assert len(message_ids(claim(endpoint.id))) == 1

    def test_reads_the_time_in_the_zone_of_the_viewer(self, admin: Client) -> None:
        admin.cookies["timezone"] = "Europe/Kyiv"
        context = admin.get(page_of(make_endpoint(), "replay/?since=2026-01-01T00:00")).context
        assert datetime.fromisoformat(context["preview"].since) == datetime(
            2025, 12, 31, 22, tzinfo=UTC
        )
        assert context["time_zone"] == "Europe/Kyiv"

    @pytest.mark.parametrize(
        ("since", "error"),
        [
            ("yesterday", "Enter a date and a time"),
            ("", "required"),
            ("1999-01-01T00:00", "greater than or equal to"),
            ("0001-01-01T00:00", "greater than or equal to"),
            ("2026-02-30T00:00", "Enter a date and a time"),
            ("9999-01-01T00:00", "in the future"),
        ],
    )
    def test_refuses_another_time(self, admin: Client, since: str, error: str) -> None:
        endpoint = make_endpoint()
        for answer in (
            admin.get(page_of(endpoint, "replay/"), {"since": since}),
            admin.post(page_of(endpoint, "replay/"), {"since": since}),
        ):
            assert error in str(answer.context["form"].errors["since"])
        assert stored(endpoint).replay_since is None
