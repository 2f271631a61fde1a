"""The rules that the database enforces for every client, tested with raw SQL."""

from itertools import product
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection
from tests.contract.worlds import DatabaseWorld
from tests.unit.samples import a_request

from payouts.adapters.database.reads import DatabaseReads
from payouts.domain.payout import Payout
from payouts.domain.status import TRANSITIONS, PayoutStatus

pytestmark = pytest.mark.usefixtures("database")

WAYS = {
    PayoutStatus.NEW: [],
    PayoutStatus.PROCESSING: ["PROCESSING"],
    PayoutStatus.COMPLETED: ["PROCESSING", "COMPLETED"],
    PayoutStatus.FAILED: ["FAILED"],
}


def run(sql: str, *parameters: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)


def value(sql: str, *parameters: Any) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return cursor.fetchone()[0]


@pytest.fixture
def payout() -> Payout:
    world = DatabaseWorld()
    made = world.payouts.add(a_request(recipient=world.make_recipient()), actor="ursula")
    assert made
    return made


class TestStatus:
    @pytest.mark.parametrize(("current", "requested"), list(product(PayoutStatus, repeat=2)))
    def test_follows_the_graph_for_every_pair(
        self, payout: Payout, current: PayoutStatus, requested: PayoutStatus
    ) -> None:
        run("UPDATE payouts_payout SET next_attempt_at = NULL")
        for status in WAYS[current]:
            run("UPDATE payouts_payout SET status = %s", status)
        change = "UPDATE payouts_payout SET status = %s WHERE id = %s"
        if requested is current or requested in TRANSITIONS[current]:
            run(change, requested.value, payout.id)
            return
        with pytest.raises(DatabaseError, match="Invalid transition"):
            run(change, requested.value, payout.id)

    def test_is_one_of_the_known_statuses(self, payout: Payout) -> None:
        with pytest.raises(DatabaseError):
            run("UPDATE payouts_payout SET status = 'PAID'")

    def test_is_new_at_first(self, payout: Payout) -> None:
        columns = value(
            "SELECT string_agg(quote_ident(column_name), ',') FROM information_schema.columns "
            "WHERE table_name = 'payouts_payout' "
            "AND column_name NOT IN ('id', 'idempotency_key', 'reference', 'status')"
        )
        with pytest.raises(DatabaseError, match="payouts_payout"):
            run(
                f"INSERT INTO payouts_payout (idempotency_key, reference, status, {columns}) "
                f"SELECT 'another-key', 'another', 'COMPLETED', {columns} FROM payouts_payout"
            )


class TestAgreement:
    @pytest.mark.parametrize(
        "change",
        [
            "amount = amount + 1",
            "currency = 'EUR'",
            "minor_units = 3",
            "recipient_id = recipient_id + 1",
            "idempotency_key = 'another-key'",
            "reference = 'another'",
            "recipient_name_snapshot = 'Somebody Else'",
            "account_number_snapshot = '1'",
            "bank_code_snapshot = 'X'",
            "created_at = now()",
            "id = id + 1",
            'metadata = \'{"a": "b"}\'',
            "remittance_information = 'Invoice 2'",
        ],
    )
    def test_cannot_be_changed(self, payout: Payout, change: str) -> None:
        with pytest.raises(DatabaseError, match="payouts_payout"):
            run(f"UPDATE payouts_payout SET {change}")

    def test_has_an_amount_above_zero(self, payout: Payout) -> None:
        columns = (
            "recipient_id, currency, minor_units, recipient_name_snapshot, "
            "account_number_snapshot, bank_code_snapshot, status, failure_code, failure_reason, "
            "needs_review, attempt, open_attempts, deferral, pending_count, metadata, "
            "remittance_information, created_at, updated_at"
        )
        with pytest.raises(IntegrityError, match="payout_amount_positive"):
            run(
                f"INSERT INTO payouts_payout (idempotency_key, reference, amount, {columns}) "
                f"SELECT 'another-key', 'another', 0, {columns} FROM payouts_payout"
            )


class TestRecords:
    @pytest.mark.parametrize(
        "statement",
        [
            "DELETE FROM payouts_payout",
            "TRUNCATE payouts_payout CASCADE",
            "DELETE FROM payouts_event",
            "UPDATE payouts_event SET actor = 'nobody'",
            "TRUNCATE payouts_event",
            "DELETE FROM payouts_recipient",
            "DELETE FROM payouts_recipientchange",
            "UPDATE payouts_recipientchange SET actor = 'nobody'",
            "TRUNCATE payouts_recipientchange",
        ],
    )
    def test_are_never_erased_or_rewritten(self, payout: Payout, statement: str) -> None:
        with pytest.raises(DatabaseError):
            run(statement)
        assert value("SELECT count(*) FROM payouts_event WHERE actor = 'ursula'") == 1
        assert value("SELECT count(*) FROM payouts_recipientchange WHERE actor = 'stefan'") == 1

    def test_stay_deleted(self, payout: Payout) -> None:
        run("UPDATE payouts_payout SET deleted_at = now(), next_attempt_at = NULL")
        for change in ("deleted_at = NULL", "status = 'PROCESSING'", "next_attempt_at = now()"):
            with pytest.raises(DatabaseError):
                run(f"UPDATE payouts_payout SET {change}")

    @pytest.mark.parametrize("status", ["COMPLETED", "FAILED"])
    def test_are_not_due_after_they_have_ended(self, payout: Payout, status: str) -> None:
        run("UPDATE payouts_payout SET next_attempt_at = NULL, status = 'PROCESSING'")
        run("UPDATE payouts_payout SET status = %s", status)
        with pytest.raises(IntegrityError, match="payout_due_only_while_open"):
            run("UPDATE payouts_payout SET next_attempt_at = now()")


class TestListVersion:
    @pytest.mark.parametrize(
        "statement",
        [
            "UPDATE payouts_payout SET status = 'PROCESSING'",
            "UPDATE payouts_payout SET failure_code = 'AC04'",
            "UPDATE payouts_payout SET failure_reason = 'Because.'",
            "UPDATE payouts_payout SET needs_review = true, next_attempt_at = NULL",
            "UPDATE payouts_payout SET updated_at = now()",
            "UPDATE payouts_payout SET returned_at = now()",
            "UPDATE payouts_payout SET deleted_at = now(), next_attempt_at = NULL",
        ],
    )
    def test_grows_with_each_visible_change(self, payout: Payout, statement: str) -> None:
        before = DatabaseReads().version()
        run(statement)
        assert DatabaseReads().version() > before

    def test_stays_when_only_due_times_change(self, payout: Payout) -> None:
        before = DatabaseReads().version()
        run("UPDATE payouts_payout SET next_enqueue_at = now()")
        assert DatabaseReads().version() == before

    def test_stays_when_a_statement_changes_nothing(self, payout: Payout) -> None:
        payouts, recipient_id = DatabaseWorld().payouts, payout.order.terms.recipient_id
        assert payouts.claim(payout_id=payout.id, lease_seconds=30)
        before = DatabaseReads().version()
        replay = a_request(recipient_id=recipient_id)
        for request in (replay, a_request("unused-key", recipient_id=0)):
            assert payouts.add(request, actor="ursula") is None
        assert payouts.claim(payout_id=payout.id, lease_seconds=30) is None
        assert DatabaseReads().version() == before

    def test_grows_with_a_new_payout(self) -> None:
        world = DatabaseWorld()
        recipient = world.make_recipient()
        before = DatabaseReads().version()
        world.payouts.add(a_request(recipient=recipient), actor="ursula")
        assert DatabaseReads().version() > before
