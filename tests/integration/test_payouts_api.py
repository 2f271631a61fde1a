"""Creating payouts over HTTP: requests and responses."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from tests.answers import PAYOUT_FIELDS
from tests.problems import expect_problem
from tests.service import Service, new_key, order


def is_just_now(text: str) -> bool:
    return abs(datetime.now(UTC) - datetime.fromisoformat(text)) < timedelta(minutes=1)


class TestCreatePayout:
    def test_responds_201_with_the_payout_and_its_location(self, service: Service) -> None:
        recipient = service.make_recipient(name="Ann Example", bank_code="NWBKGB2L")

        body = order(recipient["id"], amount="100.00")
        answer = service.user.post("/api/payouts/", json=body)

        assert answer.status_code == 201
        assert answer.headers["Content-Type"] == "application/json"
        payout = answer.json()
        assert answer.headers["Location"] == f"/api/payouts/{payout['id']}/"
        assert "Idempotent-Replayed" not in answer.headers
        assert list(payout) == PAYOUT_FIELDS
        assert payout | {"id": 1, "created_at": "", "updated_at": "", "reference": ""} == {
            "id": 1,
            "recipient_id": recipient["id"],
            "amount": "100.00",
            "currency": "USD",
            "status": "NEW",
            "recipient_name_snapshot": "Ann Example",
            "account_number_snapshot": "GB29NWBK60161331926819",
            "bank_code_snapshot": "NWBKGB2L",
            "created_at": "",
            "updated_at": "",
            "reference": "",
            "failure_code": None,
            "failure_reason": None,
            "needs_review": False,
            "idempotency_key": body["idempotency_key"],
            "returned_at": None,
            "metadata": {},
            "remittance_information": None,
        }
        assert isinstance(payout["id"], int)
        assert re.fullmatch(r"[0-9a-f]{32}", payout["reference"])
        assert is_just_now(payout["created_at"])
        assert payout["updated_at"] == payout["created_at"]
        assert payout["created_at"].endswith("Z")

    def test_responds_200_with_the_same_payout_when_the_key_repeats(self, service: Service) -> None:
        body = order(service.make_recipient()["id"])
        first = service.user.post("/api/payouts/", json=body).json()

        again = service.user.post("/api/payouts/", json=body)

        assert again.status_code == 200
        assert again.headers["Idempotent-Replayed"] == "true"
        assert "Location" not in again.headers
        assert list(again.json()) == PAYOUT_FIELDS
        assert (again.json()["id"], again.json()["reference"]) == (first["id"], first["reference"])

    @pytest.mark.parametrize("in_body", [False, True])
    def test_accepts_the_key_in_the_header(self, service: Service, in_body: bool) -> None:
        body, key = order(service.make_recipient()["id"]), new_key()
        del body["idempotency_key"]
        both = body | ({"idempotency_key": key} if in_body else {})

        made = service.user.post("/api/payouts/", json=both, headers={"Idempotency-Key": key})

        assert made.status_code == 201
        again = service.user.post("/api/payouts/", json=body | {"idempotency_key": key})
        assert (again.status_code, again.json()["id"]) == (200, made.json()["id"])

    @pytest.mark.parametrize(
        ("amount", "shown"),
        [
            ('"100.00"', "100.00"),
            ('"100"', "100.00"),
            ("100", "100.00"),
            ("100.5", "100.50"),
            ("0.01", "0.01"),
            # A float would make 0.30000000000000004 and 9007199254740992 of these.
            ("0.3", "0.30"),
            ("9007199254740993.01", "9007199254740993.01"),
            ('"9999999999999999.99"', "9999999999999999.99"),
        ],
    )
    def test_shows_the_amount_as_a_decimal_with_the_minor_units_of_its_currency(
        self, asked_service: Service, amount: str, shown: str
    ) -> None:
        recipient_id = asked_service.make_recipient()["id"]
        body = (
            f'{{"recipient_id": {recipient_id}, "amount": {amount}, "currency": "EUR",'
            f' "idempotency_key": "{new_key()}"}}'
        )

        answer = asked_service.user.post(
            "/api/payouts/", content=body, headers={"Content-Type": "application/json"}
        )

        assert (answer.status_code, answer.json()["amount"]) == (201, shown)
        payout_id = answer.json()["id"]
        assert asked_service.payout(payout_id)["amount"] == shown

    def test_accepts_every_spelling_of_the_json_content_type(self, asked_service: Service) -> None:
        recipient_id = asked_service.make_recipient(name="Łucja Ґалаґан 銀行")["id"]
        for content_type in (
            "application/json",
            "APPLICATION/JSON",
            "application/json;charset=utf-8",
            'application/json; charset="UTF-8"',
        ):
            answer = asked_service.user.post(
                "/api/payouts/", json=order(recipient_id), headers={"Content-Type": content_type}
            )
            assert answer.status_code == 201
            assert answer.json()["recipient_name_snapshot"] == "Łucja Ґалаґан 銀行"

    def test_refuses_an_unknown_recipient(self, service: Service) -> None:
        answer = service.user.post("/api/payouts/", json=order(999_999_999))
        expect_problem(answer, 404, "recipient_not_found")

    def test_refuses_an_inactive_recipient(self, service: Service) -> None:
        recipient = service.make_recipient(is_active=False)
        answer = service.user.post("/api/payouts/", json=order(recipient["id"]))
        expect_problem(answer, 400, "recipient_inactive")

    def test_stores_nothing_when_it_refuses(self, service: Service) -> None:
        recipient = service.make_recipient(is_active=False)
        body = order(recipient["id"])
        service.user.post("/api/payouts/", json=body)

        assert service.user.get("/api/payouts/").json()["results"] == []
        service.staff.patch(f"/api/recipients/{recipient['id']}/", json={"is_active": True})
        assert service.user.post("/api/payouts/", json=body).status_code == 201


class TestListPayouts:
    def test_shows_twenty_by_default(self, service: Service) -> None:
        recipient_id = service.make_recipient()["id"]
        made = [service.make_payout(recipient_id)["id"] for _ in range(21)]
        for query, shown in (("", made[:0:-1]), ("?page_size=100", made[::-1])):
            page = service.user.get(f"/api/payouts/{query}").json()
            assert list(page) == ["next", "previous", "results"]
            assert [payout["id"] for payout in page["results"]] == shown
            assert all(list(payout) == PAYOUT_FIELDS for payout in page["results"])
