"""The events of all payouts, read while transactions that write them are open."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from random import Random
from threading import Condition

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.contract.worlds import DatabaseWorld
from tests.database_sessions import DatabaseSession
from tests.event_horizon import wait_until_shown
from tests.unit.samples import a_request

from payouts.adapters.database.client_events import DatabaseClientEvents
from payouts.adapters.database.payouts import DatabasePayouts
from payouts.application.client_message import ClientMessage
from payouts.application.read_models import EventPosition
from payouts.domain.client_events import CLIENT_EVENT_TYPES, ClientEventType
from payouts.domain.history import EventType, HistoryEntry
from payouts.domain.payout import Payout
from payouts.domain.recipient import Recipient
from payouts.domain.reference import new_reference
from payouts.domain.status import PayoutStatus

pytestmark = pytest.mark.usefixtures("database")

WRITERS = 4
TRANSACTIONS_OF_A_WRITER = 30
LIMIT_SECONDS = 30
RANDOMS = [Random(number) for number in range(WRITERS)]  # noqa: S311  nothing secret


@pytest.fixture
def recipient() -> Recipient:
    return DatabaseWorld().make_recipient()


@pytest.fixture
def sessions() -> Iterator[list[DatabaseSession]]:
    with DatabaseSession.several(WRITERS) as opened:
        yield opened


def add(recipient: Recipient) -> Payout:
    made = DatabasePayouts().add(a_request(new_reference(), recipient=recipient), actor="ursula")
    assert made
    return made


def move_on(payout: Payout) -> Payout:
    """Claim a NEW payout, complete one that is claimed."""
    if payout.status is PayoutStatus.NEW:
        claim = DatabasePayouts().claim(payout_id=payout.id, lease_seconds=30)
        assert claim
        return claim.payout
    entry = HistoryEntry(event=EventType.COMPLETED, actor="system")
    saved = DatabasePayouts().save(before=payout, after=payout.complete(), entry=entry)
    assert saved
    return saved


def end_of_events() -> EventPosition:
    wait_until_shown()
    return DatabaseClientEvents().end()


@dataclass
class Reader:
    """Follows the events from where they end now."""

    position: EventPosition = field(default_factory=end_of_events)
    seen: list[ClientMessage] = field(default_factory=list)

    def read(self, size: int) -> bool:
        page = DatabaseClientEvents().page(after=self.position, size=size)
        assert len(page.messages) <= size
        assert page.messages or page.end == self.position
        self.seen += page.messages
        self.position = page.end
        return bool(page.messages)

    def read_to_the_end(self) -> None:
        wait_until_shown()
        while self.read(100):
            pass

    def expect_each_event_once(self, *, after_event: int) -> None:
        sequences = [message.data.sequence for message in self.seen]
        assert sorted(sequences) == stored_events(after_event)
        of_payouts: dict[int, list[int]] = {}
        for message in self.seen:
            of_payouts.setdefault(message.data.payout_id, []).append(message.data.sequence)
        assert all(numbers == sorted(numbers) for numbers in of_payouts.values())


def stored_events(after_event: int = 0) -> list[int]:
    """Return the ids of the committed events that are for clients."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id FROM payouts_event WHERE id > %s AND type = ANY (%s) ORDER BY id",
            [after_event, [event.value for event in CLIENT_EVENT_TYPES]],
        )
        return [id_ for (id_,) in cursor.fetchall()]


class TestClientEvents:
    def test_appear_when_no_earlier_transaction_is_open(
        self, recipient: Recipient, sessions: list[DatabaseSession]
    ) -> None:
        reader, [slow, *_] = Reader(), sessions
        slow.begin()
        with slow.used():
            first = add(recipient)
        second = add(recipient)

        assert not reader.read(100)
        slow.commit()

        reader.read_to_the_end()
        assert [message.data.payout_id for message in reader.seen] == [first.id, second.id]

    def test_are_not_held_up_by_a_transaction_that_only_reads(
        self, recipient: Recipient, sessions: list[DatabaseSession]
    ) -> None:
        reader, [report, *_] = Reader(), sessions
        report.begin()
        with report.used():
            stored_events()
        payout = add(recipient)

        reader.read_to_the_end()
        report.roll_back()

        assert [message.data.payout_id for message in reader.seen] == [payout.id]

    def test_show_the_payout_as_each_event_left_it(self, recipient: Recipient) -> None:
        reader = Reader()
        payout = move_on(move_on(add(recipient)))
        reader.read_to_the_end()

        assert [(message.type.value, message.data.status.value) for message in reader.seen] == [
            ("payout.created", "NEW"),
            ("payout.processing", "PROCESSING"),
            ("payout.completed", "COMPLETED"),
        ]
        for message in reader.seen:
            data = message.data
            assert (data.payout_id, data.amount, data.currency) == (payout.id, "10.00", "USD")
            assert data.reference == payout.order.reference
            assert data.idempotency_key == payout.order.idempotency_key.value

    @pytest.mark.parametrize("event_type", ClientEventType)
    def test_of_a_type_are_in_the_same_order(
        self, recipient: Recipient, event_type: ClientEventType
    ) -> None:
        reader = Reader()
        start = reader.position
        for _ in range(3):
            move_on(move_on(add(recipient)))
        reader.read_to_the_end()

        page = DatabaseClientEvents().page(after=start, size=2, event_type=event_type)
        following = DatabaseClientEvents().page(after=page.end, size=2, event_type=event_type)

        wanted = [message for message in reader.seen if message.type is event_type]
        assert [*page.messages, *following.messages] == wanted


@dataclass
class Writer:
    """A session that changes one payout in each of its transactions."""

    session: DatabaseSession
    recipient: Recipient
    idle: list[Payout]
    taken: Payout | None = None
    payout: Payout | None = None

    def write(self) -> None:
        if not self.session.is_in_transaction:
            self.session.begin()
            self.payout = self.taken = self.idle.pop() if self.idle else None
        with self.session.used():
            if self.payout is None:
                self.payout = add(self.recipient)
            elif self.payout.status is not PayoutStatus.COMPLETED:
                self.payout = move_on(self.payout)

    def end(self, *, is_committed: bool) -> None:
        if not self.session.is_in_transaction:
            return
        if is_committed:
            self.session.commit()
        else:
            self.session.roll_back()
        left = self.payout if is_committed else self.taken
        if left and left.status is not PayoutStatus.COMPLETED:
            self.idle.append(left)


WRITER_NUMBERS = st.integers(0, WRITERS - 1)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("write"), WRITER_NUMBERS),
        st.tuples(st.just("commit"), WRITER_NUMBERS),
        st.tuples(st.just("roll back"), WRITER_NUMBERS),
        st.tuples(st.just("read"), st.integers(1, 4)),
    ),
    min_size=5,
    max_size=60,
)


class TestReader:
    @settings(
        deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=80
    )
    @given(steps=STEPS)
    def test_sees_each_event_once_however_transactions_overlap(
        self, recipient: Recipient, sessions: list[DatabaseSession], steps: list[tuple[str, int]]
    ) -> None:
        last_event, reader, idle = max(stored_events(), default=0), Reader(), list[Payout]()
        writers = [Writer(session, recipient, idle) for session in sessions]
        for verb, number in steps:
            if verb == "read":
                reader.read(number)
            elif verb == "write":
                writers[number].write()
            else:
                writers[number].end(is_committed=verb == "commit")
        for number, writer in enumerate(writers):
            writer.end(is_committed=number % 2 == 0)
        reader.read_to_the_end()
        reader.expect_each_event_once(after_event=last_event)

    def test_sees_each_event_once_while_threads_write(
        self, recipient: Recipient, sessions: list[DatabaseSession]
    ) -> None:
        reader, progress = Reader(), Progress(running=WRITERS)
        with ThreadPoolExecutor(WRITERS) as threads:
            work = [
                threads.submit(write_at_random, session, random, recipient, progress)
                for session, random in zip(sessions, RANDOMS, strict=True)
            ]
            while not all(each.done() for each in work):
                reader.read(7)
            for each in work:
                each.result()
        reader.read_to_the_end()
        reader.expect_each_event_once(after_event=0)


class Progress:
    """Counts the transactions that have ended, so that one can commit after later ones."""

    def __init__(self, *, running: int) -> None:
        self._changed = Condition()
        self._ended, self._running = 0, running

    def count_transaction(self) -> None:
        with self._changed:
            self._ended += 1
            self._changed.notify_all()

    def stop(self) -> None:
        with self._changed:
            self._running -= 1
            self._changed.notify_all()

    def wait_for_others(self, count: int) -> None:
        """Wait until others have ended this many transactions, or all others wait too."""
        with self._changed:
            until = self._ended + count
            self.stop()
            assert self._changed.wait_for(
                lambda: self._ended >= until or not self._running, LIMIT_SECONDS
            )
            self._running += 1


def write_at_random(
    session: DatabaseSession, random: Random, recipient: Recipient, progress: Progress
) -> None:
    """Create payouts and take them to their end; some transactions commit late, some roll back."""
    try:
        with session.used():
            for _ in range(TRANSACTIONS_OF_A_WRITER):
                write_once(session, random, recipient, progress)
    finally:
        progress.stop()


def write_once(
    session: DatabaseSession, random: Random, recipient: Recipient, progress: Progress
) -> None:
    new = add(recipient)
    session.begin()
    claimed = move_on(new)
    if random.random() < 0.3:
        progress.wait_for_others(random.randrange(1, 10))
    if random.random() < 0.3:
        session.roll_back()
    else:
        session.commit()
        move_on(claimed)
    progress.count_transaction()
