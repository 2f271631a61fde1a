"""Recipients over HTTP."""

from typing import Any

import pytest
from tests.problems import expect_problem
from tests.service import Service, order

FIELDS = [
    "id",
    "type",
    "name",
    "account_number",
    "bank_code",
    "country",
    "is_active",
    "created_at",
    "updated_at",
]
ANN = {"type": "INDIVIDUAL", "name": "Ann Example", "account_number": "LOCAL-0042"}


class TestAddRecipient:
    def test_answers_201_with_the_recipient_and_their_address(self, service: Service) -> None:
        body = {
            "type": "BUSINESS",
            "name": "Łódź Обмін 銀行 GmbH",
            "account_number": "DE89370400440532013000",
            "bank_code": "COBADEFFXXX",
            "country": "DE",
            "is_active": False,
        }

        answer = service.staff.post("/api/recipients/", json=body)

        assert answer.status_code == 201
        recipient = answer.json()
        assert list(recipient) == FIELDS
        assert answer.headers["Location"] == f"/api/recipients/{recipient['id']}/"
        assert recipient == recipient | body
        assert service.user.get(answer.headers["Location"]).json() == recipient

    @pytest.mark.parametrize("absent", [{}, {"bank_code": None, "country": ""}])
    def test_needs_neither_bank_code_nor_country(
        self, service: Service, absent: dict[str, Any]
    ) -> None:
        recipient = service.staff.post("/api/recipients/", json=ANN | absent).json()
        assert (recipient["bank_code"], recipient["country"]) == (None, None)
        assert recipient["is_active"] is True

    @pytest.mark.parametrize(
        ("written", "kept"),
        [
            ("GB29 NWBK 6016 1331 9268 19", "GB29NWBK60161331926819"),
            ("gb29nwbk60161331926819", "GB29NWBK60161331926819"),
            ("UA213223130000026007233566001", "UA213223130000026007233566001"),
            # Not the form of an IBAN, by its length or its country: a local number as it is.
            ("GB29 NWBK 6016", "GB29 NWBK 6016"),
            ("US29NWBK60161331926818", "US29NWBK60161331926818"),
            ("0044-12", "0044-12"),
            ("7", "7"),
            ("x" * 64, "x" * 64),
        ],
    )
    def test_keeps_an_iban_in_electronic_form_and_any_other_number_as_it_is(
        self, asked_service: Service, written: str, kept: str
    ) -> None:
        recipient = asked_service.make_recipient(account_number=written)
        assert recipient["account_number"] == kept

    def test_takes_names_up_to_their_limits(self, service: Service) -> None:
        recipient = service.make_recipient(name="й" * 255, bank_code="b" * 32)
        assert recipient["name"] == "й" * 255
        assert recipient["bank_code"] == "b" * 32


class TestChangeRecipient:
    def test_changes_what_is_named_and_nothing_else(self, service: Service) -> None:
        before = service.make_recipient(bank_code="NWBKGB2L", country="GB")

        answer = service.staff.patch(
            f"/api/recipients/{before['id']}/", json={"name": "Ann Other", "bank_code": None}
        )

        assert answer.status_code == 200
        after = answer.json()
        assert list(after) == FIELDS
        assert after["updated_at"] > before["updated_at"]
        expected = before | {"name": "Ann Other", "bank_code": None}
        assert after == expected | {"updated_at": after["updated_at"]}
        assert service.user.get(f"/api/recipients/{before['id']}/").json() == after

    def test_turns_new_payouts_away_while_they_are_not_active(self, service: Service) -> None:
        recipient_id = service.make_recipient()["id"]
        for is_active, status in ((False, 400), (True, 201)):
            service.staff.patch(f"/api/recipients/{recipient_id}/", json={"is_active": is_active})
            answer = service.user.post("/api/payouts/", json=order(recipient_id))
            assert answer.status_code == status

    def test_judges_the_account_number_as_the_creation_does(self, service: Service) -> None:
        recipient = service.make_recipient()
        answer = service.staff.patch(
            f"/api/recipients/{recipient['id']}/", json={"account_number": "GB30NWBK60161331926819"}
        )
        expect_problem(answer, 400, "invalid_request", ("account_number", "iban_check_digits"))

    def test_answers_404_for_a_recipient_who_is_not_there(self, service: Service) -> None:
        address = "/api/recipients/999999999/"
        expect_problem(service.user.get(address), 404, "recipient_not_found")
        changed = service.staff.patch(address, json={"name": "Nobody"})
        expect_problem(changed, 404, "recipient_not_found")


class TestListRecipients:
    def test_shows_them_newest_first_page_by_page(self, service: Service) -> None:
        ids = [service.make_recipient()["id"] for _ in range(5)]

        first = service.user.get("/api/recipients/?page_size=2").json()
        second = service.user.get(first["next"]).json()
        third = service.user.get(second["next"]).json()

        assert list(first) == ["next", "previous", "results"]
        assert list(first["results"][0]) == FIELDS
        pages = [[recipient["id"] for recipient in page["results"]] for page in (first, second)]
        assert pages == [[ids[4], ids[3]], [ids[2], ids[1]]]
        assert [recipient["id"] for recipient in third["results"]] == [ids[0]]
        assert (first["previous"], third["next"]) == (None, None)
        assert service.user.get(second["previous"]).json()["results"] == first["results"]
