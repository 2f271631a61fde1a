"""Recipients over HTTP."""

from datetime import datetime
from functools import partial
from time import monotonic
from typing import Any

import pytest
from django.db import connection, transaction
from tests.problems import expect_problem
from tests.running import simultaneously
from tests.service import Service, order

from payouts.adapters.database.models import Recipient, RecipientChange

FIELDS = [
    "id",
    "external_id",
    "type",
    "name",
    "account_number",
    "account_type",
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
            "external_id": "supplier/42",
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

    @pytest.mark.parametrize("absent", [{}, {"bank_code": None, "country": "", "external_id": ""}])
    def test_needs_neither_bank_code_nor_country_nor_external_id(
        self, service: Service, absent: dict[str, Any]
    ) -> None:
        recipient = service.staff.post("/api/recipients/", json=ANN | absent).json()
        assert (recipient["bank_code"], recipient["country"]) == (None, None)
        assert recipient["external_id"] is None
        assert recipient["is_active"] is True

    @pytest.mark.parametrize(
        ("written", "kept", "type_"),
        [
            ("GB29 NWBK 6016 1331 9268 19", "GB29NWBK60161331926819", "IBAN"),
            ("GB29-NWBK\u00a06016\u200b133192681９", "GB29NWBK60161331926819", "IBAN"),
            ("gb29nwbk60161331926819", "GB29NWBK60161331926819", "IBAN"),
            ("UA213223130000026007233566001", "UA213223130000026007233566001", "IBAN"),
            # Not the form of an IBAN, by its length or its country: a local number as it is.
            ("GB29 NWBK 6016", "GB29 NWBK 6016", "LOCAL"),
            ("US29NWBK60161331926818", "US29NWBK60161331926818", "LOCAL"),
            ("0044-12", "0044-12", "LOCAL"),
            ("7", "7", "LOCAL"),
            ("x" * 64, "x" * 64, "LOCAL"),
        ],
    )
    def test_keeps_an_iban_in_electronic_form_and_any_other_number_as_it_is(
        self, asked_service: Service, written: str, kept: str, type_: str
    ) -> None:
        recipient = asked_service.make_recipient(account_number=written)
        assert (recipient["account_number"], recipient["account_type"]) == (kept, type_)

    def test_takes_names_up_to_their_limits(self, service: Service) -> None:
        recipient = service.make_recipient(name="й" * 255, bank_code="b" * 32)
        assert recipient["name"] == "й" * 255
        assert recipient["bank_code"] == "b" * 32


class TestExternalId:
    def test_makes_a_repeated_request_a_replay(self, service: Service) -> None:
        body = ANN | {"external_id": "ann-1"}
        first = service.staff.post("/api/recipients/", json=body)
        again = service.staff.post("/api/recipients/", json=body | {"bank_code": ""})
        assert (first.status_code, again.status_code) == (201, 200)
        assert "Idempotent-Replayed" not in first.headers
        assert again.headers["Idempotent-Replayed"] == "true"
        assert again.json() == first.json()

    def test_stands_for_one_recipient_even_if_requests_come_at_once(self, service: Service) -> None:
        body = ANN | {"external_id": "ann-1"}
        post = partial(service.staff.post, "/api/recipients/", json=body)
        responses = simultaneously([post] * 8)
        assert sorted(each.status_code for each in responses) == [200] * 7 + [201]
        assert len({each.json()["id"] for each in responses}) == 1

    def test_is_refused_for_another_recipient(self, service: Service) -> None:
        body = ANN | {"external_id": "ann-1"}
        service.staff.post("/api/recipients/", json=body)
        other = body | {"name": "Ann Other", "country": "GB"}
        response = service.staff.post("/api/recipients/", json=other)
        expect_problem(
            response, 422, "external_id_reused", ("name", "differs"), ("country", "differs")
        )
        assert len(service.user.get("/api/recipients/").json()["results"]) == 1

    def test_tells_whether_it_is_active_only_if_the_request_says_so(self, service: Service) -> None:
        body = ANN | {"external_id": "ann-1"}
        recipient = service.staff.post("/api/recipients/", json=body).json()
        service.staff.patch(f"/api/recipients/{recipient['id']}/", json={"is_active": False})
        replayed = service.staff.post("/api/recipients/", json=body)
        assert (replayed.status_code, replayed.json()["is_active"]) == (200, False)
        response = service.staff.post("/api/recipients/", json=body | {"is_active": True})
        expect_problem(response, 422, "external_id_reused", ("is_active", "differs"))

    @pytest.mark.parametrize("text", [" ", "a b", "x" * 65, "ä", "a\t", "\u200b"])
    def test_is_visible_ascii(self, asked_service: Service, text: str) -> None:
        response = asked_service.staff.post("/api/recipients/", json=ANN | {"external_id": text})
        expect_problem(response, 400, "invalid_request", ("external_id", "external_id_malformed"))

    def test_never_changes(self, asked_service: Service) -> None:
        recipient = asked_service.make_recipient(external_id="never-changes")
        response = asked_service.staff.patch(
            f"/api/recipients/{recipient['id']}/", json={"external_id": "other"}
        )
        expect_problem(response, 400, "invalid_request", ("external_id", "unknown_field"))


class TestLockedRecipient:
    def test_is_told_from_one_that_is_sent_and_holds_up_nobody(self, service: Service) -> None:
        recipient = service.make_recipient()
        address = f"/api/recipients/{recipient['id']}/"
        with transaction.atomic():
            Recipient.objects.select_for_update().get(pk=recipient["id"])
            started = monotonic()
            response = service.staff.patch(address, json={"name": "Ann Other"})
            assert monotonic() - started < 1
        expect_problem(response, 409, "locked")
        assert int(response.headers["Retry-After"]) >= 1
        assert service.staff.patch(address, json={"name": "Ann Other"}).status_code == 200

    def test_is_paid_while_it_is_changed(self, service: Service) -> None:
        recipient = service.make_recipient()
        with transaction.atomic():
            Recipient.objects.select_for_update(no_key=True).get(pk=recipient["id"])
            assert service.make_payout(recipient["id"])["id"]

    def test_is_changed_while_it_is_paid(self, service: Service) -> None:
        recipient = service.make_recipient()
        address = f"/api/recipients/{recipient['id']}/"
        with transaction.atomic(), connection.cursor() as cursor:
            # The lock that the foreign key of a new payout takes.
            cursor.execute(
                "SELECT FROM payouts_recipient WHERE id = %s FOR KEY SHARE", [recipient["id"]]
            )
            assert service.staff.patch(address, json={"name": "Ann Other"}).status_code == 200


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
    @pytest.mark.parametrize(
        ("query", "expected"),
        [
            ("external_id=a%2F1", ["a/1"]),
            ("external_id=A%2F1", []),
            ("account_number=gb29%20nwbk60161331926819", ["b/2", "a/1"]),
            ("account_number=LOCAL-0042", ["c/3"]),
            ("account_number=LOCAL", []),
            ("is_active=false", ["b/2"]),
            ("is_active=true", ["c/3", "a/1"]),
            ("is_active=true&account_number=GB29NWBK60161331926819", ["a/1"]),
        ],
    )
    def test_filters(self, service: Service, query: str, expected: list[str]) -> None:
        service.make_recipient(external_id="a/1")
        service.make_recipient(external_id="b/2", is_active=False)
        service.make_recipient(external_id="c/3", account_number="LOCAL-0042")
        found = service.user.get(f"/api/recipients/?{query}").json()["results"]
        assert [recipient["external_id"] for recipient in found] == expected

    @pytest.mark.parametrize(
        ("name", "code", "text"),
        [
            ("external_id", "external_id_malformed", ""),
            ("external_id", "external_id_malformed", "a%20b"),
            ("external_id", "external_id_malformed", "%00"),
            ("account_number", "text_malformed", ""),
            ("account_number", "iban_check_digits", "GB30NWBK60161331926819"),
            ("is_active", "wrong_type", "1"),
        ],
    )
    def test_names_a_filter_that_cannot_be_read(
        self, asked_service: Service, name: str, code: str, text: str
    ) -> None:
        response = asked_service.user.get(f"/api/recipients/?{name}={text}")
        expect_problem(response, 400, "invalid_request", (name, code))

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


class TestHistory:
    def test_has_what_the_api_did(self, service: Service) -> None:
        recipient = service.make_recipient(account_number="LOCAL-0042")
        address = f"/api/recipients/{recipient['id']}/"
        headers = {"X-Request-ID": "change-of-ann"}
        changes = {"account_number": "LOCAL-0043", "is_active": False}
        changed = service.staff.patch(address, json=changes, headers=headers).json()
        service.staff.patch(address, json=changes)  # changes nothing

        created, deactivated = RecipientChange.objects.order_by("id")

        assert {created.actor, deactivated.actor} == {"stefan"}
        assert (created.what, deactivated.what) == ("created", "deactivated")
        assert created.changes["account_number"] == {"old": None, "new": "LOCAL-0042"}
        assert deactivated.changes == {
            "account_number": {"old": "LOCAL-0042", "new": "LOCAL-0043"},
            "is_active": {"old": True, "new": False},
        }
        assert deactivated.request_id == "change-of-ann"
        assert deactivated.at == datetime.fromisoformat(changed["updated_at"])

    def test_is_logged_by_names_of_fields_without_values(self, service: Service) -> None:
        recipient = service.make_recipient(account_number="LOCAL-0042")
        address = f"/api/recipients/{recipient['id']}/"
        changes = {"account_number": "LOCAL-0043", "name": "Ann Other", "bank_code": None}
        service.staff.patch(address, json=changes)
        [line] = [
            line
            for line in service.log_lines("web")
            if line["event"] == "recipient.changed" and line["recipient_id"] == recipient["id"]
        ]
        assert (line["what"], line["actor"]) == ("changed", "stefan")
        assert line["fields"] == ["account_number", "name"]
        assert "LOCAL-004" not in str(line)

    def test_gets_nothing_from_a_change_that_is_not_committed(self, service: Service) -> None:
        recipient = service.make_recipient()
        with transaction.atomic():
            Recipient.objects.select_for_update().get(pk=recipient["id"])
            service.staff.patch(f"/api/recipients/{recipient['id']}/", json={"name": "Ann Other"})
        assert [entry.what for entry in RecipientChange.objects.all()] == ["created"]
