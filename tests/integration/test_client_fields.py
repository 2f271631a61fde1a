"""The optional fields of a payout: metadata and remittance information."""

from typing import Any

import pytest
from tests.problems import expect_problem
from tests.service import Service, order

FIELDS = {
    "metadata": {"invoice": "8", "empty": "", "name": "Zoë 🎉"},
    "remittance_information": "Invoice 8, thank you",
}


class TestClientFields:
    def test_are_empty_when_they_were_not_sent(self, asked_service: Service) -> None:
        payout = asked_service.make_payout()
        assert (payout["metadata"], payout["remittance_information"]) == ({}, None)

    def test_are_returned_as_they_were_sent(self, asked_service: Service) -> None:
        payout = asked_service.make_payout(**FIELDS)
        listed = asked_service.user.get("/api/payouts/").json()["results"][0]
        for shown in (payout, asked_service.payout(payout["id"]), listed):
            assert {name: shown[name] for name in FIELDS} == FIELDS

    def test_are_part_of_the_terms_under_a_key(self, asked_service: Service) -> None:
        body = order(asked_service.make_recipient()["id"], **FIELDS)
        path = "/api/payouts/"
        made = asked_service.user.post(path, json=body)
        again = asked_service.user.post(path, json=body)
        assert (made.status_code, again.status_code) == (201, 200)
        assert made.json()["id"] == again.json()["id"]
        for name, other in (("metadata", {"invoice": "9"}), ("remittance_information", None)):
            answer = asked_service.user.post(path, json=body | {name: other})
            expect_problem(answer, 422, "idempotency_key_reused", (name, "differs"))

    @pytest.mark.parametrize(
        ("name", "value", "code"),
        [
            ("metadata", None, "null"),
            ("metadata", [], "wrong_type"),
            ("metadata", "text", "wrong_type"),
            ("metadata", {"k": 1}, "wrong_type"),
            ("metadata", {"k": None}, "wrong_type"),
            ("metadata", {"k": {"nested": "v"}}, "wrong_type"),
            ("metadata", {"k": "v" * 501}, "metadata_malformed"),
            ("metadata", {str(number): "" for number in range(51)}, "metadata_malformed"),
            ("remittance_information", 1, "wrong_type"),
            ("remittance_information", "x" * 141, "text_malformed"),
            ("remittance_information", "two\nlines", "text_malformed"),
        ],
    )
    def test_are_refused_beyond_their_limits(
        self, asked_service: Service, name: str, value: Any, code: str
    ) -> None:
        body = order(asked_service.make_recipient()["id"], **{name: value})
        answer = asked_service.user.post("/api/payouts/", json=body)
        expect_problem(answer, 400, "invalid_request", (name, code))
