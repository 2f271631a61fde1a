"""Payouts that need review, and how staff resolve them."""

from typing import Any

import httpx
import pytest
from tests.problems import expect_problem
from tests.review import put_in_review
from tests.sandbox import make_order
from tests.service import Service

from payouts.adapters.database.payouts import DatabasePayouts

Payout = dict[str, Any]
SEEN = {"outcome": "COMPLETED", "evidence": "statement 118"}
BODIES: list[tuple[Any, list[tuple[str, str]]]] = [
    ({}, [("outcome", "required"), ("evidence", "required")]),
    *((SEEN | {"outcome": bad}, [("outcome", "outcome_unknown")]) for bad in ("", "retry", "NEW")),
    *((SEEN | {"outcome": bad}, [("outcome", "wrong_type")]) for bad in (1, True, ["RETRY"])),
    (SEEN | {"outcome": None}, [("outcome", "null")]),
    *(
        (SEEN | {"evidence": bad}, [("evidence", "text_malformed")])
        for bad in ("", "  ", "e" * 1001, "two\nlines")
    ),
    (SEEN | {"evidence": 118}, [("evidence", "wrong_type")]),
    (SEEN | {"evidence": None}, [("evidence", "null")]),
    (SEEN | {"status": "FAILED"}, [("status", "unknown_field")]),
]


def resolve(service: Service, payout: Payout, outcome: str, evidence: str = "seen") -> Any:
    return service.staff.post(
        f"/api/payouts/{payout['id']}/resolve/", json={"outcome": outcome, "evidence": evidence}
    )


def make_payout_in_review(service: Service, **fields: Any) -> Payout:
    payout = service.make_payout(**fields)
    put_in_review(payout["id"])
    return service.payout(payout["id"])


def pay_without_answer(service: Service, payout: Payout) -> None:
    """Let the bank settle an attempt whose answer is lost."""
    creditor = {"name": "Ann Example", "account": payout["account_number_snapshot"]}
    same = {name: payout[name] for name in ("reference", "amount", "currency")}
    order = make_order(**same, creditor=creditor)
    headers = {
        "Authorization": f"Bearer {service.environment['BANK_TOKEN']}",
        "Idempotency-Key": payout["reference"],
    }
    answer = httpx.post(f"{service.bank_url}/v1/transfers", json=order, headers=headers)
    assert answer.status_code == 201, answer.text


class TestList:
    def test_filters_by_needs_review(self, service: Service) -> None:
        with service.frozen("worker"):
            in_review = make_payout_in_review(service)
            other = service.make_payout()
            for flag, expected in (("true", in_review), ("false", other)):
                listed = service.user.get("/api/payouts/", params={"needs_review": flag}).json()
                assert listed["results"] == [expected]
            both = {"needs_review": "true", "status": "NEW"}
            assert service.user.get("/api/payouts/", params=both).json()["results"] == []

    def test_shows_a_decision_at_once(self, service: Service) -> None:
        with service.frozen("worker"):
            payout = make_payout_in_review(service)
        address = "/api/payouts/?needs_review=true"
        assert len(service.user.get(address).json()["results"]) == 1
        resolve(service, payout, "FAILED")
        assert service.user.get(address).json()["results"] == []

    @pytest.mark.parametrize("value", ["True", "1", "", "yes", "false "])
    def test_accepts_only_true_and_false(self, asked_service: Service, value: str) -> None:
        answer = asked_service.user.get("/api/payouts/", params={"needs_review": value})
        expect_problem(answer, 400, "invalid_request", ("needs_review", "wrong_type"))


class TestResolve:
    @pytest.mark.parametrize("outcome", ["COMPLETED", "FAILED"])
    def test_ends_the_payout_and_records_actor_and_evidence(
        self, service: Service, outcome: str
    ) -> None:
        with service.frozen("worker"):
            payout = make_payout_in_review(service)

        answer = resolve(service, payout, outcome, "statement 118")

        assert answer.status_code == 200
        assert answer.json() == service.payout(payout["id"])
        assert (answer.json()["status"], answer.json()["needs_review"]) == (outcome, False)
        if outcome == "FAILED":
            assert answer.json()["failure_code"] == "NARR"
            assert answer.json()["failure_reason"] == "statement 118"
        last = service.events(payout["id"])[-1]
        assert last | {"at": ""} == {
            "type": f"payout.{outcome.lower()}",
            "at": "",
            "actor": "stefan",
            "from_status": "PROCESSING",
            "to_status": outcome,
            "reason": "statement 118",
            "attempt": 1,
        }

    def test_retries_without_a_second_payment(self, service: Service) -> None:
        with service.frozen("worker"):
            payout = make_payout_in_review(service)
            pay_without_answer(service, payout)
            answer = resolve(service, payout, "RETRY", "the bank is back")
            assert answer.status_code == 200
            assert (answer.json()["status"], answer.json()["needs_review"]) == ("PROCESSING", False)
            assert answer.json()["reference"] == payout["reference"]

        service.wait_for(payout["id"], "COMPLETED")

        assert len(service.transfers(payout)) == 1
        events = [(event["type"], event["actor"]) for event in service.events(payout["id"])]
        assert events[2:4] == [("payout.needs_review", "system"), ("payout.retried", "stefan")]
        assert events[-1] == ("payout.completed", "system")

    def test_returns_a_taken_over_payout_to_the_workers(self, service: Service) -> None:
        with service.frozen("worker"):
            payout = service.make_payout()
            service.move(payout["id"], "PROCESSING")
        assert resolve(service, payout, "RETRY").status_code == 200

        service.wait_for(payout["id"], "COMPLETED")

        assert len(service.transfers(payout)) == 1
        steps = [
            (event["from_status"], event["to_status"]) for event in service.events(payout["id"])
        ]
        assert steps == [
            (None, "NEW"),
            ("NEW", "PROCESSING"),
            (None, None),
            ("PROCESSING", "COMPLETED"),
        ]

    @pytest.mark.parametrize("outcome", ["COMPLETED", "FAILED", "RETRY"])
    def test_is_refused_while_a_worker_holds_the_lease(
        self, service: Service, outcome: str
    ) -> None:
        with service.frozen("worker"):
            payout = service.make_payout()
            assert DatabasePayouts().claim(payout_id=payout["id"], lease_seconds=30)
            lines = len(service.events(payout["id"]))
            expect_problem(resolve(service, payout, outcome), 409, "payout_in_flight")
            assert len(service.events(payout["id"])) == lines

    @pytest.mark.parametrize("status", ["COMPLETED", "FAILED"])
    def test_by_a_change_of_status_needs_a_reason(self, service: Service, status: str) -> None:
        with service.frozen("worker"):
            payout = make_payout_in_review(service)
        expect_problem(service.move(payout["id"], status), 400, "reason_required")
        assert service.payout(payout["id"]) == payout
        assert service.move(payout["id"], status, reason="statement 118").status_code == 200
        assert service.events(payout["id"])[-1]["reason"] == "statement 118"

    def test_is_refused_the_second_time(self, service: Service) -> None:
        with service.frozen("worker"):
            payout = make_payout_in_review(service)
        assert resolve(service, payout, "COMPLETED").status_code == 200
        for outcome in ("COMPLETED", "FAILED", "RETRY"):
            expect_problem(resolve(service, payout, outcome), 400, "invalid_transition")

    @pytest.mark.parametrize(("body", "errors"), BODIES)
    def test_names_the_invalid_field(
        self, asked_service: Service, body: Any, errors: list[tuple[str, str]]
    ) -> None:
        answer = asked_service.staff.post("/api/payouts/999999999/resolve/", json=body)
        expect_problem(answer, 400, "invalid_request", *errors)

    def test_responds_404_for_an_unknown_payout(self, asked_service: Service) -> None:
        answer = resolve(asked_service, {"id": 999_999_999}, "RETRY")
        expect_problem(answer, 404, "payout_not_found")
