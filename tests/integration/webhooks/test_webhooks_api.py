"""Webhooks over HTTP: what an administrator may do with endpoints and deliveries."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client
from standardwebhooks import Webhook
from tests.raw_server import RawServer, says
from tests.running import free_port
from tests.users import make_token, make_user
from tests.webhook_rows import (
    claim,
    complete,
    fan_out,
    make_payouts,
    message_ids,
    record,
)

from payouts.adapters.database.webhooks.endpoints import DatabaseEndpoints
from payouts.domain.client_events import ClientEventType
from payouts.domain.webhooks.endpoint import DisabledReason

pytestmark = pytest.mark.usefixtures("no_workers", "database")

URL = "https://hooks.example/payouts?tenant=1"
FIELDS = [
    "id",
    "url",
    "event_types",
    "description",
    "is_enabled",
    "disabled_reason",
    "failing_since",
    "created_by",
    "created_at",
    "updated_at",
]
DELIVERY_FIELDS = [
    "id",
    "message_id",
    "event_type",
    "payout_id",
    "status",
    "attempts",
    "last_status_code",
    "last_error",
    "response_excerpt",
    "next_attempt_at",
    "created_at",
    "delivered_at",
]


class Administrator:
    """Sends requests as an administrator, and expects a status."""

    def __init__(self) -> None:
        self._client = Client(headers=make_token(make_user("stefan", "administrator"))[1])

    def __call__(self, method: str, path: str, body: Any = None, *, expect: int = 200) -> Any:
        response = self._client.generic(
            method,
            f"/api/webhooks/{path}",
            json.dumps(body) if body is not None else "",
            content_type="application/json" if body is not None else "",
        )
        assert response.status_code == expect, response.content
        return json.loads(response.content) if response.content else None

    def create(self, url: str = URL, **fields: Any) -> dict[str, Any]:
        return dict(self("POST", "", {"url": url, **fields}, expect=201))

    def refused(self, method: str, path: str, body: Any) -> list[tuple[str, str]]:
        """Return field and code of each error of a 400."""
        problem = self(method, path, body, expect=400)
        assert problem["code"] == "invalid_request"
        return [(error["field"], error["code"]) for error in problem["errors"]]


@pytest.fixture
def ask(database: None) -> Administrator:
    return Administrator()


@pytest.fixture
def server() -> Iterator[RawServer]:
    with RawServer.start() as server:
        yield server


class TestCreate:
    def test_answers_with_the_secret_that_no_other_answer_has(self, ask: Administrator) -> None:
        made = ask.create(event_types=["payout.failed"], description="Shop")
        assert list(made) == [*FIELDS, "secret"]
        assert made["secret"].startswith("whsec_")
        assert (made["url"], made["event_types"]) == (URL, ["payout.failed"])
        assert (made["description"], made["created_by"]) == ("Shop", "stefan")
        assert (made["is_enabled"], made["disabled_reason"], made["failing_since"]) == (
            True,
            None,
            None,
        )
        shown = {name: made[name] for name in FIELDS}
        assert ask("GET", f"{made['id']}/") == shown
        assert ask("GET", "")["results"] == [shown]

    def test_means_all_events_if_none_are_named(self, ask: Administrator) -> None:
        for fields in ({}, {"event_types": []}):
            made = ask.create(**fields)
            assert (made["event_types"], made["description"]) == ([], None)

    @pytest.mark.parametrize(
        ("fields", "errors"),
        [
            ({}, [("url", "required")]),
            ({"url": None}, [("url", "null")]),
            ({"url": 1}, [("url", "wrong_type")]),
            ({"url": "https://user@hooks.example/"}, [("url", "url_malformed")]),
            ({"url": "https://hooks.example/#x"}, [("url", "url_malformed")]),
            ({"url": "https://0x7f000001/"}, [("url", "url_malformed")]),
            ({"url": "https://2130706433/"}, [("url", "url_malformed")]),
            ({"url": "https://bücher.example/"}, [("url", "url_malformed")]),
            ({"url": "https://10.0.0.1/"}, [("url", "address_refused")]),
            ({"url": "https://169.254.169.254/latest/"}, [("url", "address_refused")]),
            ({"url": "https://[::ffff:127.0.0.1]/"}, [("url", "address_refused")]),
            ({"url": "https://[64:ff9b::7f00:1]/"}, [("url", "address_refused")]),
            ({"url": "http://8.8.8.8/"}, [("url", "https_required")]),
            ({"url": "http://does-not-exist.invalid/"}, [("url", "https_required")]),
            ({"url": URL, "event_types": "payout.failed"}, [("event_types", "wrong_type")]),
            ({"url": URL, "event_types": [1]}, [("event_types", "wrong_type")]),
            ({"url": URL, "event_types": ["payout.paid"]}, [("event_types", "event_type_unknown")]),
            (
                {"url": URL, "event_types": ["webhook.test"]},
                [("event_types", "event_type_unknown")],
            ),
            ({"url": URL, "description": "x" * 256}, [("description", "text_malformed")]),
            ({"url": URL, "description": "a\u202eb"}, [("description", "text_malformed")]),
            ({"url": URL, "secret": "mine"}, [("secret", "unknown_field")]),
            ({"url": URL, "is_enabled": False}, [("is_enabled", "unknown_field")]),
        ],
    )
    def test_refuses(
        self, ask: Administrator, fields: dict[str, Any], errors: list[tuple[str, str]]
    ) -> None:
        assert ask.refused("POST", "", fields) == errors
        assert ask("GET", "")["results"] == []

    def test_allows_this_machine_by_its_setting(self, ask: Administrator) -> None:
        for host in ("127.0.0.1", "[::1]", "localhost"):
            ask.create(f"http://{host}:9000/")

    def test_lists_pages_of_the_newest_first(self, ask: Administrator) -> None:
        ids = [ask.create()["id"] for _ in range(3)]
        first = ask("GET", "?page_size=2")
        assert [each["id"] for each in first["results"]] == [ids[2], ids[1]]
        second = ask("GET", f"?{first['next'].partition('?')[2]}")
        assert [each["id"] for each in second["results"]] == [ids[0]]


class TestChange:
    def test_changes_what_is_named(self, ask: Administrator) -> None:
        made = ask.create(event_types=["payout.failed"], description="Shop")
        path = f"{made['id']}/"
        changed = ask("PATCH", path, {"url": "https://other.example/"})
        assert changed == {
            **{name: made[name] for name in FIELDS},
            "url": "https://other.example/",
            "updated_at": changed["updated_at"],
        }
        assert ask("PATCH", path, {"event_types": []})["event_types"] == []
        assert ask("PATCH", path, {"description": None})["description"] is None
        assert ask("PATCH", path, {})["url"] == "https://other.example/"

    def test_disables_and_enables(self, ask: Administrator) -> None:
        path = f"{ask.create()['id']}/"
        for _ in range(2):
            disabled = ask("PATCH", path, {"is_enabled": False})
            assert (disabled["is_enabled"], disabled["disabled_reason"]) == (False, "MANUAL")
        for _ in range(2):
            enabled = ask("PATCH", path, {"is_enabled": True})
            assert (enabled["is_enabled"], enabled["disabled_reason"]) == (True, None)

    def test_keeps_the_reason_of_one_that_is_disabled(self, ask: Administrator) -> None:
        made = ask.create()
        DatabaseEndpoints().disable(endpoint_id=made["id"], reason=DisabledReason.GONE)
        path = f"{made['id']}/"
        assert ask("GET", path)["disabled_reason"] == "GONE"
        assert ask("PATCH", path, {"is_enabled": False})["disabled_reason"] == "GONE"

    def test_forgets_failures_when_it_is_enabled_again(self, ask: Administrator) -> None:
        made = ask.create()
        path = f"{made['id']}/"
        make_payouts(1)
        fan_out(made["id"])
        record(claim(made["id"]), 500)
        assert ask("PATCH", path, {"is_enabled": True})["failing_since"]
        ask("PATCH", path, {"is_enabled": False})
        assert ask("PATCH", path, {"is_enabled": True})["failing_since"] is None

    @pytest.mark.parametrize(
        ("fields", "errors"),
        [
            ({"url": "http://8.8.8.8/"}, [("url", "https_required")]),
            ({"url": "https://192.168.0.1/"}, [("url", "address_refused")]),
            ({"is_enabled": "yes"}, [("is_enabled", "wrong_type")]),
            ({"event_types": ["x"]}, [("event_types", "event_type_unknown")]),
        ],
    )
    def test_refuses(
        self, ask: Administrator, fields: dict[str, Any], errors: list[tuple[str, str]]
    ) -> None:
        made = ask.create()
        assert ask.refused("PATCH", f"{made['id']}/", fields) == errors
        assert ask("GET", f"{made['id']}/")["updated_at"] == made["updated_at"]

    def test_removes(self, ask: Administrator) -> None:
        path = f"{ask.create()['id']}/"
        assert ask("DELETE", path, expect=204) is None
        for method, rest, body in [
            ("GET", "", None),
            ("PATCH", "", {}),
            ("DELETE", "", None),
            ("POST", "rotate-secret/", None),
            ("POST", "test/", None),
            ("POST", "replay/", {"since": "2026-01-01T00:00:00Z"}),
            ("GET", "deliveries/", None),
            ("POST", "deliveries/1/resend/", None),
        ]:
            problem = ask(method, f"{path}{rest}", body, expect=404)
            assert problem["code"] == "webhook_not_found"


class TestSecret:
    def test_is_replaced(self, ask: Administrator) -> None:
        made = ask.create()
        rotated = ask("POST", f"{made['id']}/rotate-secret/")
        assert list(rotated) == [*FIELDS, "secret"]
        assert rotated["secret"] != made["secret"]
        assert "secret" not in ask("GET", f"{made['id']}/")
        target = DatabaseEndpoints().target(endpoint_id=made["id"])
        assert target.secrets == (rotated["secret"], made["secret"])

    def test_takes_no_fields(self, ask: Administrator) -> None:
        made = ask.create()
        ask("POST", f"{made['id']}/rotate-secret/", {})
        for path in ("rotate-secret/", "test/"):
            errors = ask.refused("POST", f"{made['id']}/{path}", {"secret": "mine"})
            assert errors == [("secret", "unknown_field")]


class TestTest:
    def test_sends_one_message_and_says_what_came_back(
        self, ask: Administrator, server: RawServer
    ) -> None:
        made = ask.create(f"http://127.0.0.1:{server.port}/hook")
        server.behave = says(418, b"short and stout")
        answer = ask("POST", f"{made['id']}/test/")
        duration_ms = answer.pop("duration_ms")
        assert answer == {"status_code": 418, "error": None, "response_excerpt": "short and stout"}
        assert 0 < duration_ms < 15_000
        [request] = server.requests
        message = Webhook(made["secret"]).verify(request.body, request.headers)
        assert (message["type"], message["data"]) == ("webhook.test", {})
        assert datetime.fromisoformat(message["timestamp"]).tzinfo == UTC
        assert ask("GET", f"{made['id']}/deliveries/")["results"] == []

    def test_says_why_nothing_came_back(self, ask: Administrator) -> None:
        made = ask.create(f"http://127.0.0.1:{free_port()}/")
        answer = ask("POST", f"{made['id']}/test/")
        assert answer["status_code"] is None
        assert "refused" in answer["error"]


class TestDeliveries:
    def test_shows_what_became_of_them(self, ask: Administrator) -> None:
        endpoint_id = ask.create()["id"]
        [payout] = make_payouts()
        complete(payout)
        fan_out(endpoint_id)
        record(claim(endpoint_id, limit=2), 200, 500, excerpt="{}")
        path = f"{endpoint_id}/deliveries/"
        pending, failing, delivered = ask("GET", path)["results"]
        assert list(pending) == DELIVERY_FIELDS
        assert (pending["status"], pending["attempts"]) == ("PENDING", 0)
        assert (failing["status"], failing["attempts"]) == ("PENDING", 1)
        assert (failing["last_status_code"], failing["response_excerpt"]) == (500, "{}")
        assert (delivered["status"], delivered["last_status_code"]) == ("DELIVERED", 200)
        assert delivered["event_type"] == "payout.created"
        assert delivered["message_id"].startswith("evt_")
        assert delivered["payout_id"] == payout.id
        assert ask("GET", f"{path}?status=DELIVERED")["results"] == [delivered]
        assert ask("GET", f"{path}?event_type=payout.created")["results"] == [delivered]
        assert ask("GET", f"{path}?status=FAILED")["results"] == []
        first = ask("GET", f"{path}?page_size=1")
        second = ask("GET", f"{path}?{first['next'].partition('?')[2]}")
        assert (first["results"], second["results"]) == ([pending], [failing])

    @pytest.mark.parametrize(
        ("query", "error"),
        [
            ("status=delivered", ("status", "status_unknown")),
            ("event_type=payout.paid", ("event_type", "event_type_unknown")),
            ("payout_id=1", ("payout_id", "unknown_parameter")),
            ("cursor=x", ("cursor", "cursor_malformed")),
        ],
    )
    def test_refuses_a_filter(self, ask: Administrator, query: str, error: tuple[str, str]) -> None:
        made = ask.create()
        assert ask.refused("GET", f"{made['id']}/deliveries/?{query}", None) == [error]

    def test_sends_one_again(self, ask: Administrator) -> None:
        endpoint_id = ask.create()["id"]
        make_payouts(1)
        fan_out(endpoint_id)
        record(claim(endpoint_id), 200)
        [delivery] = ask("GET", f"{endpoint_id}/deliveries/")["results"]
        path = f"{endpoint_id}/deliveries/{delivery['id']}/resend/"
        resent = ask("POST", path, expect=202)
        assert (resent["id"], resent["status"]) == (delivery["id"], "PENDING")
        assert message_ids(claim(endpoint_id)) == [delivery["message_id"]]
        missing = f"{endpoint_id}/deliveries/999999/resend/"
        assert ask("POST", missing, expect=404)["code"] == "delivery_not_found"


class TestReplay:
    def test_sends_events_again(self, ask: Administrator) -> None:
        endpoint_id = ask.create()["id"]
        payouts = make_payouts(2)
        fan_out(endpoint_id)
        record(claim(endpoint_id), 200, 200)
        since = payouts[1].created_at.isoformat()
        assert ask("POST", f"{endpoint_id}/replay/", {"since": since}, expect=202)["id"]
        fan_out(endpoint_id)
        assert len(message_ids(claim(endpoint_id))) == 1

    @pytest.mark.parametrize("since", ["yesterday", "2026-02-30T00:00:00Z", ""])
    def test_refuses_what_is_no_time(self, ask: Administrator, since: str) -> None:
        made = ask.create()
        errors = ask.refused("POST", f"{made['id']}/replay/", {"since": since})
        assert errors == [("since", "time_malformed")]


def test_every_event_type_can_be_chosen(ask: Administrator) -> None:
    types = [type_.value for type_ in ClientEventType]
    assert ask.create(event_types=[*types, *types])["event_types"] == types
