"""Actions of staff on a payout, in each of its states."""

from typing import Any

import pytest
from tests.problems import expect_problem
from tests.service import Service

STATES = ["NEW", "PROCESSING", "COMPLETED", "FAILED"]
STEPS = {
    ("NEW", "PROCESSING"),
    ("NEW", "FAILED"),
    ("PROCESSING", "COMPLETED"),
    ("PROCESSING", "FAILED"),
}
PAIRS = [(before, after) for before in STATES for after in STATES]
EVENTS = {
    "PROCESSING": "payout.taken_over",
    "COMPLETED": "payout.completed",
    "FAILED": "payout.failed",
}


def payout_in(service: Service, status: str) -> dict[str, Any]:
    """Make a payout and bring it into the state by requests of staff. No worker may run."""
    payout = service.make_payout()
    if status != "NEW":
        assert service.move(payout["id"], "PROCESSING").status_code == 200
    if status in {"COMPLETED", "FAILED"}:
        assert service.move(payout["id"], status).status_code == 200
    return service.payout(payout["id"])


class TestChangeStatus:
    @pytest.mark.parametrize(("before", "after"), PAIRS)
    def test_allows_only_the_transitions_of_the_state_graph(
        self, service: Service, before: str, after: str
    ) -> None:
        with service.frozen("worker"):
            payout = payout_in(service, before)
            lines = len(service.events(payout["id"]))

            answer = service.move(payout["id"], after)

            if (before, after) in STEPS:
                assert answer.status_code == 200
                assert answer.json()["status"] == after
                assert answer.json() == service.payout(payout["id"])
                last = service.events(payout["id"])[-1]
                event = (last["type"], last["actor"], last["from_status"], last["to_status"])
                assert event == (EVENTS[after], "stefan", before, after)
            else:
                expect_problem(answer, 400, "invalid_transition")
                assert service.payout(payout["id"]) == payout
                assert len(service.events(payout["id"])) == lines

    @pytest.mark.parametrize(("account", "status"), [("A-1", "COMPLETED"), ("A-1-AC04", "FAILED")])
    @pytest.mark.parametrize("after", STATES)
    def test_changes_no_payout_that_a_worker_has_ended(
        self, service: Service, account: str, status: str, after: str
    ) -> None:
        recipient_id = service.make_recipient(account_number=account)["id"]
        payout = service.make_payout(recipient_id)
        service.wait_for(payout["id"], status)
        expect_problem(service.move(payout["id"], after), 400, "invalid_transition")

    def test_keeps_the_reason_of_a_failure(self, service: Service) -> None:
        with service.frozen("worker"):
            payout = service.make_payout()
            failed = service.move(payout["id"], "FAILED", reason="asked to stop").json()
        assert (failed["failure_code"], failed["failure_reason"]) == ("NARR", "asked to stop")
        assert service.events(payout["id"])[-1]["reason"] == "asked to stop"

    def test_to_failed_before_it_was_sent_moves_no_money(self, service: Service) -> None:
        with service.frozen("worker"):
            payout = service.make_payout()
            assert service.move(payout["id"], "FAILED").status_code == 200
        let_workers_work(service)
        assert service.transfers(payout) == []

    def test_to_processing_keeps_workers_from_sending_the_payout(self, service: Service) -> None:
        with service.frozen("worker"):
            payout = service.make_payout()
            assert service.move(payout["id"], "PROCESSING").status_code == 200
        let_workers_work(service)

        assert service.payout(payout["id"])["status"] == "PROCESSING"
        assert service.transfers(payout) == []
        assert service.move(payout["id"], "COMPLETED").status_code == 200
        let_workers_work(service)
        assert service.transfers(payout) == []


def let_workers_work(service: Service) -> None:
    """Wait until all tasks so far are finished and no payout is due."""
    later = service.make_payout()
    service.wait_for(later["id"], "COMPLETED")
    drained = service.run("drain")
    assert drained.returncode == 0, drained.stderr


class TestDelete:
    @pytest.mark.parametrize("status", ["NEW", "COMPLETED", "FAILED"])
    def test_hides_the_payout_permanently(self, service: Service, status: str) -> None:
        with service.frozen("worker"):
            payout = payout_in(service, status)
            address = f"/api/payouts/{payout['id']}/"

            answer = service.staff.delete(address)

        assert (answer.status_code, answer.content) == (204, b"")
        assert "Content-Type" not in answer.headers
        for gone in (
            service.user.get(address),
            service.user.get(f"{address}events/"),
            service.move(payout["id"], "FAILED"),
            service.staff.delete(address),
        ):
            expect_problem(gone, 404, "payout_not_found")
        assert service.user.get("/api/payouts/").json()["results"] == []

    def test_keeps_payout_and_history_visible_for_staff(self, service: Service) -> None:
        with service.frozen("worker"):
            payout = payout_in(service, "COMPLETED")
            shown, others = {"include_deleted": "true"}, {"include_deleted": "false"}
            address = f"/api/payouts/{payout['id']}/"
            assert service.staff.delete(address).status_code == 204

        deleted = service.staff.get(address, params=shown).json()
        assert deleted == payout | {"updated_at": deleted["updated_at"]}
        history = service.staff.get(f"{address}events/", params=shown).json()["results"]
        assert (history[-1]["type"], history[-1]["actor"]) == ("payout.deleted", "stefan")
        assert service.staff.get("/api/payouts/", params=shown).json()["results"] == [deleted]
        assert service.staff.get("/api/payouts/", params=others).json()["results"] == []
        for path in (address, f"{address}events/"):
            expect_problem(service.staff.get(path, params=others), 404, "payout_not_found")
            expect_problem(service.user.get(path, params=shown), 403, "permission_denied")
        expect_problem(service.user.get("/api/payouts/", params=shown), 403, "permission_denied")

    @pytest.mark.parametrize("account", ["A-1", "A-1-PEND"])
    def test_is_refused_for_a_processing_payout(self, service: Service, account: str) -> None:
        recipient_id = service.make_recipient(account_number=account)["id"]
        with service.frozen("worker"):
            payout = service.make_payout(recipient_id)
            if account == "A-1":
                service.move(payout["id"], "PROCESSING")
        service.wait_for(payout["id"], "PROCESSING")
        answer = service.staff.delete(f"/api/payouts/{payout['id']}/")
        expect_problem(answer, 409, "payout_processing")
        assert service.payout(payout["id"])["status"] == "PROCESSING"

    def test_of_an_unsent_payout_moves_no_money(self, service: Service) -> None:
        with service.frozen("worker"):
            payout = service.make_payout()
            assert service.staff.delete(f"/api/payouts/{payout['id']}/").status_code == 204
        let_workers_work(service)
        assert service.transfers(payout) == []


class TestInFlight:
    def test_payout_cannot_be_changed_until_the_bank_has_answered(self, service: Service) -> None:
        recipient_id = service.make_recipient(account_number="A-1-SLOW")["id"]
        payout = service.make_payout(recipient_id)
        service.wait_for(payout["id"], "PROCESSING")

        for status in ("COMPLETED", "FAILED"):
            expect_problem(service.move(payout["id"], status), 409, "payout_in_flight")
        for status in ("NEW", "PROCESSING"):
            expect_problem(service.move(payout["id"], status), 400, "invalid_transition")
        deleted = service.staff.delete(f"/api/payouts/{payout['id']}/")
        expect_problem(deleted, 409, "payout_processing")

        service.wait_for(payout["id"], "COMPLETED")
        assert [event["actor"] for event in service.events(payout["id"])] == [
            "ursula",
            "system",
            "system",
        ]
        assert len(service.transfers(payout)) == 1


class TestDeactivatedRecipient:
    def test_gets_no_payout_that_was_not_sent_before(self, service: Service) -> None:
        with service.frozen("worker"):
            payout = service.make_payout()
            service.staff.patch(
                f"/api/recipients/{payout['recipient_id']}/", json={"is_active": False}
            )

        failed = service.wait_for(payout["id"], "FAILED")

        assert failed["failure_code"] == "recipient_inactive"
        assert failed["failure_reason"]
        assert service.transfers(payout) == []
        assert [event["type"] for event in service.events(payout["id"])] == [
            "payout.created",
            "payout.claimed",
            "payout.failed",
        ]
