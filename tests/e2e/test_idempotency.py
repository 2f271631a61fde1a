"""One key pays once, however often and however simultaneously it is sent."""

from collections import Counter
from functools import partial
from typing import Any

import httpx
import pytest
from tests.problems import expect_problem
from tests.running import simultaneously
from tests.service import JSON, Service, new_key, order

CROWD = 50


def post_at_once(service: Service, bodies: list[dict[str, Any]]) -> list[httpx.Response]:
    with service.users(len(bodies)) as clients:
        return simultaneously(
            [
                partial(client.post, "/api/payouts/", json=body)
                for client, body in zip(clients, bodies, strict=True)
            ]
        )


class TestConcurrentRequests:
    @pytest.mark.parametrize("_round", range(5))
    def test_with_one_key_make_one_payout(self, service: Service, _round: int) -> None:
        body = order(service.make_recipient()["id"])

        answers = post_at_once(service, [body] * CROWD)

        assert Counter(answer.status_code for answer in answers) == {201: 1, 200: CROWD - 1}
        assert len({answer.json()["id"] for answer in answers}) == 1
        replayed = [answer.headers.get("Idempotent-Replayed") for answer in answers]
        assert Counter(replayed) == {None: 1, "true": CROWD - 1}
        payout = answers[0].json()
        [listed] = service.user.get("/api/payouts/").json()["results"]
        assert listed["id"] == payout["id"]
        service.wait_for(payout["id"], "COMPLETED")
        assert len(service.transfers(payout)) == 1
        types = [event["type"] for event in service.events(payout["id"])]
        assert types == ["payout.created", "payout.claimed", "payout.completed"]

    @pytest.mark.parametrize("_round", range(3))
    def test_with_two_contents_for_one_key_make_one_payout(
        self, service: Service, _round: int
    ) -> None:
        body = order(service.make_recipient()["id"])
        half = CROWD // 2

        answers = post_at_once(
            service, [body | {"amount": "1.00"}, body | {"amount": "2.00"}] * half
        )

        assert Counter(answer.status_code for answer in answers) == {
            201: 1,
            200: half - 1,
            422: half,
        }
        assert len({answer.json()["id"] for answer in answers if answer.is_success}) == 1
        for answer in answers:
            if answer.status_code == 422:
                expect_problem(answer, 422, "idempotency_key_reused", ("amount", "differs"))
        assert len(service.user.get("/api/payouts/").json()["results"]) == 1

    def test_with_different_keys_make_a_payout_each(self, service: Service) -> None:
        recipient_id = service.make_recipient()["id"]
        answers = post_at_once(service, [order(recipient_id) for _ in range(CROWD)])
        assert Counter(answer.status_code for answer in answers) == {201: CROWD}
        assert len({answer.json()["id"] for answer in answers}) == CROWD


class TestReplay:
    @pytest.mark.parametrize("again", ['"10.00"', '"10.0"', '"10"', "10", "10.0", "10.00"])
    def test_accepts_another_notation_of_the_amount(self, service: Service, again: str) -> None:
        body = order(service.make_recipient()["id"], amount="10.00")
        made = service.user.post("/api/payouts/", json=body)
        text = f'{{"recipient_id": {body["recipient_id"]}, "amount": {again}, "currency": "USD"}}'

        answer = service.user.post(
            "/api/payouts/",
            content=text,
            headers=JSON | {"Idempotency-Key": body["idempotency_key"]},
        )

        assert (answer.status_code, answer.json()["id"]) == (200, made.json()["id"])

    def test_shows_the_payout_as_it_is_now(self, service: Service) -> None:
        body = order(service.make_recipient()["id"])
        payout_id = service.user.post("/api/payouts/", json=body).json()["id"]
        ended = service.wait_for(payout_id, "COMPLETED")

        answer = service.user.post("/api/payouts/", json=body)

        assert (answer.status_code, answer.json()) == (200, ended)
        assert len(service.transfers(ended)) == 1

    def test_works_after_the_recipient_was_deactivated_and_changed(self, service: Service) -> None:
        recipient_id = service.make_recipient()["id"]
        body = order(recipient_id)
        made = service.user.post("/api/payouts/", json=body)
        service.staff.patch(
            f"/api/recipients/{recipient_id}/", json={"is_active": False, "name": "Other"}
        )

        answer = service.user.post("/api/payouts/", json=body)

        assert (answer.status_code, answer.json()["id"]) == (200, made.json()["id"])
        fresh = service.user.post("/api/payouts/", json=order(recipient_id))
        expect_problem(fresh, 400, "recipient_inactive")

    def test_works_for_another_user(self, service: Service) -> None:
        body = order(service.make_recipient()["id"])
        made = service.user.post("/api/payouts/", json=body)
        answer = service.staff.post("/api/payouts/", json=body)
        assert (answer.status_code, answer.json()["id"]) == (200, made.json()["id"])


class TestReuse:
    def test_is_refused_with_the_fields_that_differ(self, service: Service) -> None:
        recipient_id, other_id = (service.make_recipient()["id"] for _ in range(2))
        body = order(recipient_id, amount="10.00", currency="USD")
        made = service.user.post("/api/payouts/", json=body).json()

        for changes in (
            {"amount": "10.01"},
            {"currency": "EUR"},
            {"recipient_id": other_id},
            # Also for an unknown recipient: the key is checked first.
            {"recipient_id": 999_999_999},
            {"recipient_id": other_id, "amount": "1", "currency": "UAH"},
        ):
            answer = service.user.post("/api/payouts/", json=body | changes)
            differing = [
                (name, "differs")
                for name in ("recipient_id", "amount", "currency")
                if name in changes
            ]
            expect_problem(answer, 422, "idempotency_key_reused", *differing)
        assert service.payout(made["id"])["amount"] == "10.00"

    def test_of_a_key_in_another_case_is_another_key(self, service: Service) -> None:
        recipient_id, key = service.make_recipient()["id"], new_key()
        lower = service.make_payout(recipient_id, idempotency_key=key)
        upper = service.make_payout(recipient_id, idempotency_key=key.upper())
        assert lower["id"] != upper["id"]

    def test_after_the_payout_was_deleted_is_refused(self, service: Service) -> None:
        body = order(service.make_recipient()["id"])
        payout_id = service.user.post("/api/payouts/", json=body).json()["id"]
        service.wait_for(payout_id, "COMPLETED")
        assert service.staff.delete(f"/api/payouts/{payout_id}/").status_code == 204

        for again in (body, body | {"amount": "99.00"}):
            answer = service.user.post("/api/payouts/", json=again)
            expect_problem(answer, 409, "payout_deleted")
