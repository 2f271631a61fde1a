"""A payout and its history over HTTP."""

from datetime import datetime
from typing import Any

import pytest
from tests.answers import EVENT_FIELDS, PAYOUT_FIELDS
from tests.problems import expect_problem
from tests.service import Service


def without_times(events: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    """Return the events without their times."""
    return [tuple(value for name, value in event.items() if name != "at") for event in events]


class TestReadPayout:
    def test_shows_the_created_payout_and_its_outcome(self, service: Service) -> None:
        made = service.make_payout()

        ended = service.wait_for(made["id"], "COMPLETED")

        assert list(ended) == PAYOUT_FIELDS
        assert ended["updated_at"] > made["updated_at"]
        moved = {"status": "COMPLETED", "updated_at": ended["updated_at"]}
        assert ended == made | moved

    def test_shows_why_a_payout_failed(self, service: Service) -> None:
        recipient = service.make_recipient(account_number="LOCAL-1-AC04")
        payout = service.make_payout(recipient["id"])

        failed = service.wait_for(payout["id"], "FAILED")

        assert failed["failure_code"] == "AC04"
        assert failed["failure_reason"]
        assert service.transfers(failed) == []

    def test_shows_the_recipient_as_of_the_creation(self, service: Service) -> None:
        payout = service.make_payout()
        service.staff.patch(
            f"/api/recipients/{payout['recipient_id']}/",
            json={"name": "Somebody Else", "account_number": "OTHER-1", "bank_code": "OTHER"},
        )

        assert service.payout(payout["id"])["recipient_name_snapshot"] == "Ann Example"
        assert service.payout(payout["id"])["account_number_snapshot"] == "GB29NWBK60161331926819"
        assert service.payout(payout["id"])["bank_code_snapshot"] is None

    @pytest.mark.parametrize("path", ["/api/payouts/{}/", "/api/payouts/{}/events/"])
    def test_responds_404_for_an_unknown_payout(self, service: Service, path: str) -> None:
        deleted = service.make_payout()["id"]
        service.wait_for(deleted, "COMPLETED")
        assert service.staff.delete(f"/api/payouts/{deleted}/").status_code == 204

        for payout_id in (deleted, 999_999_999, 2**63 - 1):
            expect_problem(service.user.get(path.format(payout_id)), 404, "payout_not_found")


class TestReadEvents:
    def test_lists_the_history_oldest_first(self, service: Service) -> None:
        payout = service.make_payout()
        service.wait_for(payout["id"], "COMPLETED")

        answer = service.user.get(f"/api/payouts/{payout['id']}/events/")

        assert (answer.json()["next"], answer.json()["previous"]) == (None, None)
        events = answer.json()["results"]
        assert all(list(event) == EVENT_FIELDS for event in events)
        assert without_times(events) == [
            ("payout.created", "ursula", None, "NEW", None, 0),
            ("payout.claimed", "system", "NEW", "PROCESSING", None, 1),
            ("payout.completed", "system", "PROCESSING", "COMPLETED", None, 1),
        ]
        times = [datetime.fromisoformat(event["at"]) for event in events]
        assert times == sorted(times)
        assert events[0]["at"] == payout["created_at"]

    def test_pages_the_history(self, service: Service) -> None:
        payout = service.make_payout()
        service.wait_for(payout["id"], "COMPLETED")
        address = f"/api/payouts/{payout['id']}/events/"
        every = service.events(payout["id"])

        first = service.user.get(f"{address}?page_size=2").json()
        second = service.user.get(first["next"]).json()
        back = service.user.get(second["previous"]).json()

        assert first["previous"] is None
        assert first["results"] + second["results"] == every
        assert second["next"] is None
        assert back["results"] == first["results"]
        expect_problem(
            service.user.get(f"{address}?page_size=101"),
            400,
            "invalid_request",
            ("page_size", "page_size_out_of_range"),
        )
        expect_problem(
            service.user.get(f"{address}?cursor=x"),
            400,
            "invalid_request",
            ("cursor", "cursor_malformed"),
        )

    def test_shows_the_user_and_the_reason_of_a_manual_change(self, service: Service) -> None:
        with service.frozen("worker"):
            payout = service.make_payout()
            service.move(payout["id"], "PROCESSING", reason="paid by cheque")
            service.move(payout["id"], "COMPLETED")

        assert without_times(service.events(payout["id"]))[1:] == [
            ("payout.taken_over", "stefan", "NEW", "PROCESSING", "paid by cheque", 0),
            ("payout.completed", "stefan", "PROCESSING", "COMPLETED", None, 0),
        ]

    def test_shows_why_the_bank_refused(self, service: Service) -> None:
        recipient = service.make_recipient(account_number="LOCAL-2-AM04")
        payout = service.make_payout(recipient["id"])
        failed = service.wait_for(payout["id"], "FAILED")

        last = service.events(payout["id"])[-1]
        assert (last["type"], last["to_status"]) == ("payout.failed", "FAILED")
        assert last["reason"] == f"AM04: {failed['failure_reason']}"
