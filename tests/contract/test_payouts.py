"""One suite for the queue of record, in memory and in PostgreSQL.

A lease of 0 seconds expires at once, so no test has to wait.
"""

from dataclasses import replace

import pytest
from tests.contract.worlds import DatabaseWorld, MemoryWorld, World
from tests.unit.samples import a_request, money

from payouts.adapters.database.payouts import DatabasePayouts
from payouts.domain.errors import PayoutNotFoundError
from payouts.domain.history import SYSTEM_ACTOR, EventType, HistoryEntry
from payouts.domain.idempotency import IdempotencyKey
from payouts.domain.payout import Deferral, Failure, Payout
from payouts.domain.status import PayoutStatus

pytestmark = pytest.mark.usefixtures("no_workers")

COMPLETED = HistoryEntry(event=EventType.COMPLETED, actor=SYSTEM_ACTOR)
DEFERRED = HistoryEntry(event=EventType.DEFERRED, actor=SYSTEM_ACTOR, reason="UNKNOWN: time-out")


@pytest.fixture(params=["memory", "postgresql"])
def world(request: pytest.FixtureRequest) -> World:
    if request.param == "memory":
        return MemoryWorld()
    request.getfixturevalue("database")
    return DatabaseWorld(DatabasePayouts(first_requeue_seconds=0))


def add(world: World, key: str = "key-number-1") -> Payout:
    made = world.payouts.add(a_request(key, recipient=world.make_recipient()), actor="ursula")
    assert made
    return made


def claim(world: World, payout: Payout, *, lease_seconds: float = 30) -> Payout:
    claimed = world.payouts.claim(payout_id=payout.id, lease_seconds=lease_seconds)
    assert claimed
    return claimed.payout


def take_overdue(world: World, *, max_waiting: int = 10, interval_seconds: float = 30) -> list[int]:
    return list(
        world.payouts.take_overdue(max_waiting=max_waiting, interval_seconds=interval_seconds)
    )


class TestAdd:
    def test_stores_the_order_with_status_new(self, world: World) -> None:
        recipient = world.make_recipient()
        request = a_request(recipient=recipient, money=money("10.5"))
        made = world.payouts.add(request, actor="ursula")
        assert made
        assert made.order == request.order(recipient)
        assert (made.status, made.attempt, made.is_leased) == (PayoutStatus.NEW, 0, False)
        assert world.payouts.get(payout_id=made.id) == made
        assert world.history(made.id) == ["payout.created"]

    def test_stores_nothing_when_the_key_is_taken(self, world: World) -> None:
        first = add(world)
        request = a_request(recipient=world.make_recipient())
        assert world.payouts.add(request, actor="ursula") is None
        assert world.history(first.id) == ["payout.created"]

    def test_stores_nothing_for_an_inactive_recipient(self, world: World) -> None:
        recipient = world.make_recipient()
        world.deactivate(recipient)
        for request in (a_request(recipient=recipient), a_request(recipient_id=4_000_000)):
            assert world.payouts.add(request, actor="ursula") is None
            key = request.idempotency_key
            assert not world.payouts.find_existing(
                idempotency_key=key, recipient_id=recipient.id
            ).payout


class TestFind:
    def test_returns_the_payout_and_the_recipient(self, world: World) -> None:
        payout = add(world)
        recipient = world.make_recipient()
        found = world.payouts.find_existing(
            idempotency_key=payout.order.idempotency_key, recipient_id=recipient.id
        )
        assert (found.payout, found.recipient) == (payout, recipient)

    def test_returns_none_for_a_missing_payout_or_recipient(self, world: World) -> None:
        found = world.payouts.find_existing(
            idempotency_key=IdempotencyKey("unknown-key"), recipient_id=99
        )
        assert (found.payout, found.recipient) == (None, None)

    def test_returns_a_deleted_payout(self, world: World) -> None:
        payout = add(world)
        world.payouts.save(
            before=payout,
            after=payout.delete(),
            entry=HistoryEntry(event=EventType.DELETED, actor="s"),
        )
        found = world.payouts.find_existing(
            idempotency_key=payout.order.idempotency_key, recipient_id=99
        )
        assert found.payout
        assert found.payout.is_deleted


class TestGet:
    def test_hides_deleted_payouts(self, world: World) -> None:
        payout = add(world)
        world.payouts.save(
            before=payout,
            after=payout.delete(),
            entry=HistoryEntry(event=EventType.DELETED, actor="s"),
        )
        with pytest.raises(PayoutNotFoundError):
            world.payouts.get(payout_id=payout.id)

    def test_returns_none_for_an_unknown_id(self, world: World) -> None:
        with pytest.raises(PayoutNotFoundError):
            world.payouts.get(payout_id=99)

    def test_reports_whether_a_worker_has_claimed_the_payout(self, world: World) -> None:
        payout = add(world)
        claim(world, payout)
        assert world.payouts.get(payout_id=payout.id).is_leased


class TestFindByReference:
    def test_finds_deleted_payouts(self, world: World) -> None:
        payout = add(world)
        world.payouts.save(
            before=payout,
            after=payout.delete(),
            entry=HistoryEntry(event=EventType.DELETED, actor="s"),
        )
        found = world.payouts.find_by_reference(payout.order.reference)
        assert found
        assert (found.id, found.is_deleted) == (payout.id, True)

    def test_reports_whether_a_worker_has_claimed_the_payout(self, world: World) -> None:
        payout = add(world)
        claim(world, payout)
        found = world.payouts.find_by_reference(payout.order.reference)
        assert found
        assert found.is_leased

    def test_reports_whether_the_next_attempt_is_due(self, world: World) -> None:
        payout = add(world)
        assert world.payouts.get(payout_id=payout.id).is_due
        claimed = claim(world, payout)
        later = world.payouts.save(before=claimed, after=claimed, entry=DEFERRED, due_in_seconds=60)
        assert later == world.payouts.get(payout_id=payout.id)
        assert later
        assert not later.is_due
        world.payouts.save(before=later, after=later, entry=DEFERRED)
        assert not world.payouts.get(payout_id=payout.id).is_due

    def test_finds_nothing_under_another_reference(self, world: World) -> None:
        add(world)
        assert world.payouts.find_by_reference("another reference") is None


class TestClaim:
    def test_makes_a_new_payout_processing(self, world: World) -> None:
        claimed = claim(world, add(world))
        assert claimed.status is PayoutStatus.PROCESSING
        assert (claimed.attempt, claimed.open_attempts) == (1, 1)
        assert world.history(claimed.id) == ["payout.created", "payout.claimed"]

    def test_is_refused_while_a_lease_lasts(self, world: World) -> None:
        payout = add(world)
        claim(world, payout)
        assert world.payouts.claim(payout_id=payout.id, lease_seconds=30) is None

    def test_succeeds_again_when_the_lease_has_expired(self, world: World) -> None:
        payout = add(world)
        claim(world, payout, lease_seconds=0)
        second = claim(world, payout)
        assert (second.attempt, second.open_attempts) == (2, 2)

    def test_adds_an_event_only_when_the_status_changes(self, world: World) -> None:
        first = claim(world, add(world), lease_seconds=0)
        again = claim(world, first)
        assert world.history(first.id) == ["payout.created", "payout.claimed"]
        assert again.updated_at == first.updated_at

    def test_is_refused_before_the_payout_is_due(self, world: World) -> None:
        claimed = claim(world, add(world))
        world.payouts.save(before=claimed, after=claimed, entry=DEFERRED, due_in_seconds=60)
        assert world.payouts.claim(payout_id=claimed.id, lease_seconds=30) is None

    def test_succeeds_when_the_payout_is_due_again(self, world: World) -> None:
        claimed = claim(world, add(world))
        deferred = claimed.defer(Deferral.PENDING, open_attempts=1)
        world.payouts.save(before=claimed, after=deferred, entry=DEFERRED, due_in_seconds=0)
        again = claim(world, claimed)
        assert (again.deferral, again.attempt, again.open_attempts) == (Deferral.PENDING, 2, 2)

    def test_finds_nothing_under_an_unknown_id(self, world: World) -> None:
        assert world.payouts.claim(payout_id=99, lease_seconds=30) is None

    def test_reports_whether_the_recipient_is_active(self, world: World) -> None:
        recipient = world.make_recipient()
        made = world.payouts.add(a_request(recipient=recipient), actor="ursula")
        assert made
        world.deactivate(recipient)
        claimed = world.payouts.claim(payout_id=made.id, lease_seconds=30)
        assert claimed
        assert not claimed.recipient_is_active


class TestSave:
    def test_ends_the_lease_and_clears_the_due_times(self, world: World) -> None:
        claimed = claim(world, add(world))
        saved = world.payouts.save(before=claimed, after=claimed.complete(), entry=COMPLETED)
        assert saved
        assert (saved.status, saved.is_leased) == (PayoutStatus.COMPLETED, False)
        assert list(world.payouts.due(batch_size=10)) == []
        assert world.history(claimed.id)[-1] == "payout.completed"

    def test_stores_the_failure(self, world: World) -> None:
        claimed = claim(world, add(world))
        failure = Failure("AC04", "The bank rejected the transfer.")
        world.payouts.save(before=claimed, after=claimed.fail(failure), entry=COMPLETED)
        assert world.payouts.get(payout_id=claimed.id).failure == failure

    def test_adds_no_event_for_a_repetition(self, world: World) -> None:
        claimed = claim(world, add(world))
        repetition = replace(DEFERRED, log_only=True)
        deferred = claimed.defer(Deferral.PENDING, open_attempts=1)
        saved = world.payouts.save(before=claimed, after=deferred, entry=repetition)
        assert saved
        assert (saved.deferral, saved.pending_count) == (Deferral.PENDING, 1)
        assert saved.updated_at == claimed.updated_at
        assert world.history(claimed.id) == ["payout.created", "payout.claimed"]

    def test_is_refused_for_an_older_claim(self, world: World) -> None:
        first = claim(world, add(world), lease_seconds=0)
        second = claim(world, first)
        assert world.payouts.save(before=first, after=first.complete(), entry=COMPLETED) is None
        assert world.payouts.get(payout_id=first.id).status is PayoutStatus.PROCESSING
        assert world.payouts.save(before=second, after=second.complete(), entry=COMPLETED)
        assert world.history(first.id).count("payout.completed") == 1

    def test_is_refused_when_the_status_has_changed(self, world: World) -> None:
        payout = add(world)
        held = HistoryEntry(event=EventType.TAKEN_OVER, actor="stefan")
        world.payouts.save(
            before=payout, after=payout.transition_to(PayoutStatus.PROCESSING), entry=held
        )
        failed = payout.fail(Failure("NARR", ""))
        assert world.payouts.save(before=payout, after=failed, entry=COMPLETED) is None

    def test_keeps_workers_from_a_payout_without_a_due_time(self, world: World) -> None:
        claimed = claim(world, add(world))
        review = claimed.request_review()
        entry = HistoryEntry(event=EventType.NEEDS_REVIEW, actor=SYSTEM_ACTOR)
        assert world.payouts.save(before=claimed, after=review, entry=entry)
        assert world.payouts.get(payout_id=claimed.id).needs_review
        assert world.payouts.claim(payout_id=claimed.id, lease_seconds=30) is None

    def test_returns_a_taken_over_payout_to_the_workers(self, world: World) -> None:
        payout = add(world)
        held = payout.transition_to(PayoutStatus.PROCESSING)
        entry = HistoryEntry(event=EventType.TAKEN_OVER, actor="stefan")
        before = world.payouts.save(before=payout, after=held, entry=entry)
        assert before
        entry = HistoryEntry(event=EventType.RETRIED, actor="stefan")
        given = world.payouts.save(
            before=before, after=before.retry(), entry=entry, due_in_seconds=0
        )
        assert given
        assert (given.deferral, given.open_attempts) == (Deferral.MANUAL, 0)
        assert list(world.payouts.due(batch_size=10)) == [payout.id]
        assert claim(world, payout).attempt == 1


class TestAppendHistory:
    def test_changes_only_the_history(self, world: World) -> None:
        claimed = claim(world, add(world))
        before = world.payouts.get(payout_id=claimed.id)
        world.payouts.append_history(
            payout=claimed, entry=HistoryEntry(event=EventType.LATE_ANSWER, actor=SYSTEM_ACTOR)
        )
        assert world.payouts.get(payout_id=claimed.id) == before
        assert world.history(claimed.id)[-1] == "payout.late_answer"

    def test_adds_an_equal_event_once(self, world: World) -> None:
        claimed = claim(world, add(world))
        for reason in ("settled", "settled", "rejected"):
            world.payouts.append_history(
                payout=claimed,
                entry=HistoryEntry(event=EventType.LATE_ANSWER, actor=SYSTEM_ACTOR, reason=reason),
            )
        assert world.history(claimed.id).count("payout.late_answer") == 2


def complete(world: World) -> Payout:
    claimed = claim(world, add(world))
    saved = world.payouts.save(before=claimed, after=claimed.complete(), entry=COMPLETED)
    assert saved
    return saved


class TestRecordReturn:
    RETURNED = HistoryEntry(event=EventType.RETURNED, actor=SYSTEM_ACTOR, reason="AC04")

    def test_sets_returned_at(self, world: World) -> None:
        payout = complete(world)
        world.payouts.record_return(payout=payout, entry=self.RETURNED)
        shown = world.payouts.get(payout_id=payout.id)
        assert (shown.status, bool(shown.returned_at)) == (PayoutStatus.COMPLETED, True)
        assert world.history(payout.id)[-1] == "payout.returned"

    def test_records_the_same_return_once(self, world: World) -> None:
        payout = complete(world)
        world.payouts.record_return(payout=payout, entry=self.RETURNED)
        first = world.payouts.get(payout_id=payout.id)
        world.payouts.record_return(payout=payout, entry=self.RETURNED)
        world.payouts.record_return(payout=payout, entry=replace(self.RETURNED, reason="AC06"))
        assert world.payouts.get(payout_id=payout.id) == first
        assert world.history(payout.id).count("payout.returned") == 2

    def test_adds_only_the_event_to_a_deleted_payout(self, world: World) -> None:
        payout = complete(world)
        deleted = HistoryEntry(event=EventType.DELETED, actor="s")
        world.payouts.save(before=payout, after=payout.delete(), entry=deleted)
        world.payouts.record_return(payout=payout, entry=self.RETURNED)
        shown = world.payouts.find_by_reference(payout.order.reference)
        assert shown
        assert shown.returned_at is None
        assert world.history(payout.id)[-1] == "payout.returned"


class TestDue:
    @pytest.mark.parametrize("batch_size", [1, 2, 10])
    def test_yields_each_payout_once_the_longest_waiting_first(
        self, world: World, batch_size: int
    ) -> None:
        payouts = [add(world, f"key-number-{number}") for number in range(5)]
        assert list(world.payouts.due(batch_size=batch_size)) == [each.id for each in payouts]

    def test_omits_what_becomes_due_later(self, world: World) -> None:
        first, second = (add(world, f"key-number-{number}") for number in range(2))
        found = []
        for payout_id in world.payouts.due(batch_size=1):
            found.append(payout_id)
            claimed = claim(world, first if payout_id == first.id else second)
            world.payouts.save(before=claimed, after=claimed, entry=DEFERRED, due_in_seconds=0)
        assert found == [first.id, second.id]

    def test_omits_claimed_and_ended_payouts(self, world: World) -> None:
        leased, ended, waiting = (add(world, f"key-number-{number}") for number in range(3))
        claim(world, leased)
        claimed = claim(world, ended)
        world.payouts.save(before=claimed, after=claimed.complete(), entry=COMPLETED)
        assert list(world.payouts.due(batch_size=10)) == [waiting.id]


class TestTakeOverdue:
    def test_returns_a_payout_once_per_interval(self, world: World) -> None:
        payout = add(world)
        assert take_overdue(world) == [payout.id]
        assert take_overdue(world) == []
        assert take_overdue(world, interval_seconds=0) == []

    def test_returns_a_payout_again_after_the_interval(self, world: World) -> None:
        payout = add(world)
        assert take_overdue(world, interval_seconds=0) == [payout.id]
        assert take_overdue(world) == [payout.id]

    def test_returns_a_payout_whose_worker_died(self, world: World) -> None:
        payout = add(world)
        take_overdue(world)
        claim(world, payout, lease_seconds=0)
        assert take_overdue(world) == [payout.id]

    def test_omits_ended_payouts(self, world: World) -> None:
        claimed = claim(world, add(world))
        world.payouts.save(before=claimed, after=replace(claimed).complete(), entry=COMPLETED)
        assert take_overdue(world) == []

    def test_limits_how_many_payouts_wait(self, world: World) -> None:
        payouts = [add(world, f"key-number-{number}") for number in range(3)]
        assert len(take_overdue(world, max_waiting=2)) == 2
        assert take_overdue(world, max_waiting=2) == []
        claim(world, payouts[0])
        assert take_overdue(world, max_waiting=2) == [payouts[2].id]
