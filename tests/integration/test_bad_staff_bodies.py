"""What staff may get wrong: recipients and changes of status."""

from typing import Any

import pytest
from tests.problems import expect_problem
from tests.service import Service

ANN = {"type": "INDIVIDUAL", "name": "Ann Example", "account_number": "LOCAL-0042"}
NOT_TEXT: list[Any] = [1, 1.5, True, ["x"], {"x": 1}]

RECIPIENTS: list[tuple[str, Any, str]] = [
    *(("type", value, "type_unknown") for value in ("", "individual", "PERSON", "INDIVIDUAL ")),
    *(("type", value, "wrong_type") for value in NOT_TEXT),
    ("type", None, "null"),
    *(
        ("name", value, "text_malformed")
        for value in ("", "   ", "\u2003", "n" * 256, "two\nlines", "tab\tbed", "del\x7f", "\u2028")
    ),
    *(
        (name, value, "text_malformed")
        for name in ("name", "account_number", "bank_code")
        for value in ("\u200b", "\u202e1234", "12\u200d34", "\u3164", "\u0301", "\u2066a\u2069")
    ),
    *(
        ("account_number", value, "iban_check_digits")
        for value in ("GB30\u00a0NWBK60161331926819", "GB30-NWBK-6016-1331-9268-19")
    ),
    *(("name", value, "wrong_type") for value in NOT_TEXT),
    ("name", None, "null"),
    *(
        ("account_number", value, "text_malformed")
        for value in ("", " ", "1" * 65, "12\r\n34", "12\u009b34")
    ),
    *(
        ("account_number", value, "iban_check_digits")
        for value in ("GB30NWBK60161331926819", "gb30 nwbk 6016 1331 9268 19")
    ),
    *(("account_number", value, "wrong_type") for value in NOT_TEXT),
    ("account_number", None, "null"),
    *(("bank_code", value, "text_malformed") for value in (" ", "b" * 33, "a\nb")),
    *(("bank_code", value, "wrong_type") for value in NOT_TEXT),
    *(("country", value, "country_unknown") for value in ("gb", "UK", "GBR", "ZZ", "G", " GB")),
    *(("country", value, "wrong_type") for value in NOT_TEXT),
    *(("is_active", value, "wrong_type") for value in (0, 1, "true", "", [], {}, 1.0)),
    ("is_active", None, "null"),
    *((name, 1, "unknown_field") for name in ("id", "created_at", "Name", "swift")),
]
CHANGES: list[tuple[dict[str, Any], tuple[str, str]]] = [
    ({}, ("status", "required")),
    ({"reason": "because"}, ("status", "required")),
    *(({"status": value}, ("status", "status_unknown")) for value in ("", "new", "DONE", "NEW ")),
    *(({"status": value}, ("status", "wrong_type")) for value in NOT_TEXT),
    ({"status": None}, ("status", "null")),
    *(
        ({"status": "FAILED", "reason": value}, ("reason", "text_malformed"))
        for value in (" ", "r" * 256, "two\nlines")
    ),
    *(({"status": "FAILED", "reason": v}, ("reason", "wrong_type")) for v in NOT_TEXT),
    *(
        ({"status": "FAILED", name: "1.00"}, (name, "unknown_field"))
        for name in ("amount", "currency", "recipient_id", "idempotency_key", "needs_review")
    ),
]


class TestRecipient:
    @pytest.mark.parametrize(("field", "value", "code"), RECIPIENTS)
    def test_is_refused_by_the_name_of_its_field(
        self, asked_service: Service, field: str, value: Any, code: str
    ) -> None:
        made = asked_service.staff.post("/api/recipients/", json=ANN | {field: value})
        expect_problem(made, 400, "invalid_request", (field, code))

        recipient = asked_service.make_recipient()
        address = f"/api/recipients/{recipient['id']}/"
        changed = asked_service.staff.patch(address, json={field: value})
        expect_problem(changed, 400, "invalid_request", (field, code))
        assert asked_service.user.get(address).json() == recipient

    def test_needs_a_type_a_name_and_an_account(self, asked_service: Service) -> None:
        answer = asked_service.staff.post("/api/recipients/", json={})
        missing = ("type", "name", "account_number")
        expect_problem(answer, 400, "invalid_request", *((name, "required") for name in missing))

    def test_is_not_shown_the_account_number_that_was_wrong(self, asked_service: Service) -> None:
        wrong = "GB30NWBK60161331926819"
        answer = asked_service.staff.post("/api/recipients/", json=ANN | {"account_number": wrong})
        assert wrong not in answer.text


class TestStatusChange:
    @pytest.mark.parametrize(("body", "error"), CHANGES)
    def test_is_refused_by_the_name_of_its_field(
        self, asked_service: Service, body: dict[str, Any], error: tuple[str, str]
    ) -> None:
        # The form is judged first, so it needs no payout to be wrong.
        answer = asked_service.staff.patch("/api/payouts/999999999/", json=body)
        expect_problem(answer, 400, "invalid_request", error)

    def test_needs_a_payout(self, asked_service: Service) -> None:
        answer = asked_service.move(999_999_999, "FAILED")
        expect_problem(answer, 404, "payout_not_found")
        expect_problem(
            asked_service.staff.delete("/api/payouts/999999999/"), 404, "payout_not_found"
        )
