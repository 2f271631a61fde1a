"""Callbacks as a bank sends them: signed, repeated, late, or forged."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from standardwebhooks import Webhook
from tests.problems import expect_problem
from tests.service import CALLBACK_SECRET, JSON, Service
from tests.unit.samples import a_recipient, a_request

from payouts.adapters.database.payouts import DatabasePayouts
from payouts.domain.payout import Payout

ADDRESS = "/api/bank/callbacks/"
ANOTHER_SECRET = "whsec_dGhlIHNlY3JldCBvZiBzb21lYm9keSBlbHNlIQ=="


@pytest.fixture
def sent(service: Service) -> Payout:
    """A payout whose order a worker has just sent; its lease is held here."""
    recipient = a_recipient(service.make_recipient()["id"])
    made = DatabasePayouts().add(a_request(recipient=recipient), actor="user")
    assert made
    claim = DatabasePayouts().claim(payout_id=made.id, lease_seconds=60)
    assert claim
    return claim.payout


def transfer(payout: Payout, **fields: Any) -> dict[str, Any]:
    return {
        "id": "an-id-of-the-bank",
        "reference": payout.order.reference,
        "status": "ACSC",
        "reason": None,
        "amount": payout.order.terms.money.text,
        "currency": payout.order.terms.money.currency.code,
    } | fields


def sign(
    body: str, *, secret: str = CALLBACK_SECRET, age: timedelta = timedelta()
) -> dict[str, str]:
    at = datetime.now(UTC) - age
    return {
        "webhook-id": "msg-1",
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": Webhook(secret).sign("msg-1", at, body),
    }


def send_callback(url: str, body: str, **options: Any) -> httpx.Response:
    return httpx.post(url + ADDRESS, content=body, headers=JSON | sign(body, **options))


def look(service: Service, payout: Payout) -> tuple[str, list[str]]:
    address = f"/api/payouts/{payout.id}/"
    events = service.user.get(f"{address}events/").json()["results"]
    return service.user.get(address).json()["status"], [event["type"] for event in events]


class TestCallback:
    @pytest.mark.parametrize(
        "wrap", [lambda transfer: transfer, lambda transfer: {"type": "x", "data": transfer}]
    )
    def test_ends_a_payout_while_a_worker_holds_its_lease(
        self, service: Service, sent: Payout, wrap: Callable[[Any], Any]
    ) -> None:
        answer = send_callback(service.web_url, json.dumps(wrap(transfer(sent))))

        assert (answer.status_code, answer.json()) == (200, {"result": "applied"})
        assert answer.headers["X-Request-ID"]
        assert look(service, sent) == (
            "COMPLETED",
            ["payout.created", "payout.claimed", "payout.completed"],
        )

    def test_records_why_the_bank_rejected(self, service: Service, sent: Payout) -> None:
        body = json.dumps(transfer(sent, status="RJCT", reason="AC04"))

        assert send_callback(service.web_url, body).json() == {"result": "applied"}

        payout = service.user.get(f"/api/payouts/{sent.id}/").json()
        assert (payout["status"], payout["failure_code"]) == ("FAILED", "AC04")

    def test_changes_nothing_when_repeated_or_out_of_order(
        self, service: Service, sent: Payout
    ) -> None:
        transfers = [transfer(sent), transfer(sent), transfer(sent, status="PDNG")]

        answers = [send_callback(service.web_url, json.dumps(each)) for each in transfers]

        assert [answer.status_code for answer in answers] == [200, 200, 200]
        assert [answer.json()["result"] for answer in answers] == ["applied", "ignored", "ignored"]
        assert look(service, sent)[1].count("payout.completed") == 1

    def test_is_kept_as_evidence_when_it_contradicts_the_outcome(
        self, service: Service, sent: Payout
    ) -> None:
        transfers = [transfer(sent), *[transfer(sent, status="RJCT", reason="AC04")] * 2]

        for each in transfers:
            assert send_callback(service.web_url, json.dumps(each)).status_code == 200

        status, events = look(service, sent)
        assert (status, events[-2:]) == ("COMPLETED", ["payout.completed", "payout.late_answer"])

    @pytest.mark.parametrize(
        "fields",
        [
            {"reference": "unknown-reference"},
            {"reference": "with\x00nul"},
            {"reference": "half \ud83d"},
            {"reference": None},
            {"reference": "x" * 5000},
            {"amount": "10.01"},
            {"amount": 10.0},
            {"currency": "EUR"},
            {"currency": "XXX"},
            {"status": "ACCC"},
        ],
    )
    def test_is_ignored_when_it_ends_no_payout(
        self, service: Service, sent: Payout, fields: dict[str, Any]
    ) -> None:
        answer = send_callback(service.web_url, json.dumps(transfer(sent, **fields)))

        assert (answer.status_code, answer.json()) == (200, {"result": "ignored"})
        assert look(service, sent) == ("PROCESSING", ["payout.created", "payout.claimed"])

    @pytest.mark.parametrize(
        "body", ["", "[]", "null", "{", '{"data": {}}', '{"data": 1}', "[" * 30_000]
    )
    def test_is_ignored_when_it_contains_no_transfer(self, service: Service, body: str) -> None:
        answer = send_callback(service.web_url, body)

        assert (answer.status_code, answer.json()) == (200, {"result": "ignored"})


class TestSignature:
    @pytest.mark.parametrize(
        "headers",
        [
            {"webhook-id": ""},
            {"webhook-id": "another"},
            {"webhook-timestamp": ""},
            {"webhook-timestamp": "nan"},
            {"webhook-timestamp": "1e400"},
            {"webhook-timestamp": "yesterday"},
            {"webhook-signature": ""},
            {"webhook-signature": "v1"},
            {"webhook-signature": "v1,"},
            {"webhook-signature": "v1,a"},
            {"webhook-signature": "v1,a,b"},
            {"webhook-signature": "v2,c2lnbmVk"},
            {"webhook-signature": "v1,\u00e9".encode()},
        ],
    )
    def test_is_refused_when_any_part_is_wrong(
        self, service: Service, sent: Payout, headers: dict[str, Any]
    ) -> None:
        body = json.dumps(transfer(sent))

        answer = httpx.post(
            service.web_url + ADDRESS, content=body, headers=JSON | sign(body) | headers
        )

        expect_problem(answer, 401, "signature_invalid")
        assert answer.headers["WWW-Authenticate"] == "StandardWebhooks"
        assert look(service, sent)[0] == "PROCESSING"

    @pytest.mark.parametrize(
        "options",
        [
            {"secret": ANOTHER_SECRET},
            {"age": timedelta(minutes=5, seconds=2)},
            {"age": -timedelta(minutes=5, seconds=10)},
        ],
    )
    def test_is_refused_with_another_secret_or_an_old_timestamp(
        self, service: Service, sent: Payout, options: dict[str, Any]
    ) -> None:
        answer = send_callback(service.web_url, json.dumps(transfer(sent)), **options)

        expect_problem(answer, 401, "signature_invalid")
        assert look(service, sent)[0] == "PROCESSING"

    def test_covers_the_exact_bytes_of_the_body(self, service: Service, sent: Payout) -> None:
        body = json.dumps(transfer(sent))

        for other in (body + " ", body.replace("ACSC", "RJCT"), "\u00ff"):
            answer = httpx.post(
                service.web_url + ADDRESS,
                content=other.encode("latin-1"),
                headers=JSON | sign(body),
            )
            expect_problem(answer, 401, "signature_invalid")
        assert look(service, sent)[0] == "PROCESSING"

    def test_may_be_one_of_several_during_a_change_of_secret(
        self, service: Service, sent: Payout
    ) -> None:
        body = json.dumps(transfer(sent))
        old, new = sign(body, secret=ANOTHER_SECRET), sign(body)
        both = f"{old['webhook-signature']} {new['webhook-signature']}"

        answer = httpx.post(
            service.web_url + ADDRESS,
            content=body,
            headers=JSON | new | {"webhook-signature": both},
        )

        assert answer.json() == {"result": "applied"}

    def test_is_never_valid_without_a_secret(self, service: Service, sent: Payout) -> None:
        with service.another_web(BANK_CALLBACK_SECRET="") as url:
            answer = send_callback(url, json.dumps(transfer(sent)))

        expect_problem(answer, 401, "signature_invalid")


class TestRequest:
    def test_has_the_same_size_limit_as_others(self, service: Service) -> None:
        expect_problem(send_callback(service.web_url, '"' + "x" * 65_536 + '"'), 413, "too_large")

    def test_has_to_be_json(self, service: Service) -> None:
        answer = httpx.post(
            service.web_url + ADDRESS, content="{}", headers={"Content-Type": "text/plain"}
        )
        expect_problem(answer, 415, "unsupported_media_type")

    def test_has_to_be_a_post(self, service: Service) -> None:
        expect_problem(httpx.get(service.web_url + ADDRESS), 405, "method_not_allowed")
