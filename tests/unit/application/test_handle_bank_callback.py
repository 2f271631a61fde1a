"""What a callback does to a payout in each of its states."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

import pytest
from tests.fakes.bank import OneCallback
from tests.fakes.payouts import MemoryPayouts
from tests.unit.samples import a_recipient, a_request, a_transfer

from payouts.application.handle_bank_callback import CallbackResult, HandleBankCallback
from payouts.domain.bank_answer import Transfer, TransferStatus
from payouts.domain.errors import PayoutInFlightError, SignatureInvalidError
from payouts.domain.history import SYSTEM_ACTOR, EventType, HistoryEntry
from payouts.domain.payout import Payout
from payouts.domain.status import PayoutStatus

SETTLED, PENDING, REJECTED = (
    TransferStatus.SETTLED,
    TransferStatus.PENDING,
    TransferStatus.REJECTED,
)


class Unsigned:
    def read(self, *, headers: Mapping[str, str], body: bytes) -> Transfer | None:
        raise SignatureInvalidError


def send_callback(payouts: MemoryPayouts, transfer: Transfer | None) -> bool:
    handle = HandleBankCallback(payouts=payouts, callbacks=OneCallback(transfer))
    return handle(headers={}, body=b"") is CallbackResult.APPLIED


@pytest.fixture
def new(payouts: MemoryPayouts) -> Payout:
    made = payouts.add(a_request(), actor="ursula")
    assert made
    return made


@pytest.fixture
def sent(payouts: MemoryPayouts, new: Payout) -> Payout:
    claim = payouts.claim(payout_id=new.id, lease_seconds=30)
    assert claim
    return claim.payout


def state_of(payouts: MemoryPayouts, payout: Payout) -> tuple[PayoutStatus, EventType]:
    return payouts.rows[payout.id].status, payouts.history(payout.id)[-1]


class TestHandleBankCallback:
    def test_completes_a_settled_payout_even_while_a_worker_asks(
        self, payouts: MemoryPayouts, sent: Payout
    ) -> None:
        assert send_callback(payouts, a_transfer(sent.order, SETTLED))
        assert state_of(payouts, sent) == (PayoutStatus.COMPLETED, EventType.COMPLETED)

    def test_fails_a_rejected_payout_with_the_banks_reason(
        self, payouts: MemoryPayouts, sent: Payout
    ) -> None:
        assert send_callback(payouts, a_transfer(sent.order, REJECTED, reason="AC04"))
        assert state_of(payouts, sent) == (PayoutStatus.FAILED, EventType.FAILED)
        failure = payouts.rows[sent.id].failure
        assert failure
        assert failure.code == "AC04"

    def test_ends_a_payout_that_needs_review(self, payouts: MemoryPayouts, sent: Payout) -> None:
        payouts.save(
            before=sent,
            after=sent.request_review(),
            entry=HistoryEntry(event=EventType.NEEDS_REVIEW, actor=SYSTEM_ACTOR),
        )
        assert send_callback(payouts, a_transfer(sent.order, SETTLED))
        assert not payouts.rows[sent.id].needs_review

    @pytest.mark.parametrize("status", [SETTLED, REJECTED])
    def test_changes_nothing_the_second_time(
        self, payouts: MemoryPayouts, sent: Payout, status: TransferStatus
    ) -> None:
        transfer = a_transfer(sent.order, status)
        send_callback(payouts, transfer)
        history = payouts.history(sent.id)
        assert not send_callback(payouts, transfer)
        assert payouts.history(sent.id) == history

    def test_ignores_a_pending_transfer(self, payouts: MemoryPayouts, sent: Payout) -> None:
        assert not send_callback(payouts, a_transfer(sent.order, PENDING))
        assert state_of(payouts, sent) == (PayoutStatus.PROCESSING, EventType.CLAIMED)

    def test_keeps_the_outcome_when_messages_arrive_out_of_order(
        self, payouts: MemoryPayouts, sent: Payout
    ) -> None:
        send_callback(payouts, a_transfer(sent.order, SETTLED))
        assert not send_callback(payouts, a_transfer(sent.order, PENDING))
        assert state_of(payouts, sent) == (PayoutStatus.COMPLETED, EventType.COMPLETED)

    @pytest.mark.parametrize(("first", "second"), [(SETTLED, REJECTED), (REJECTED, SETTLED)])
    def test_keeps_a_contradicting_message_as_evidence_once(
        self,
        payouts: MemoryPayouts,
        sent: Payout,
        first: TransferStatus,
        second: TransferStatus,
    ) -> None:
        send_callback(payouts, a_transfer(sent.order, first))
        end = payouts.rows[sent.id]
        assert not send_callback(payouts, a_transfer(sent.order, second))
        assert not send_callback(payouts, a_transfer(sent.order, second))
        assert payouts.rows[sent.id] == end
        assert payouts.history(sent.id).count(EventType.LATE_ANSWER) == 1

    def test_only_records_the_end_of_an_order_that_was_never_sent(
        self, payouts: MemoryPayouts, new: Payout
    ) -> None:
        assert not send_callback(payouts, a_transfer(new.order, SETTLED))
        assert state_of(payouts, new) == (PayoutStatus.NEW, EventType.LATE_ANSWER)

    def test_only_records_the_end_of_a_taken_over_payout_that_was_never_sent(
        self, payouts: MemoryPayouts, new: Payout
    ) -> None:
        payouts.save(
            before=new,
            after=new.transition_to(PayoutStatus.PROCESSING),
            entry=HistoryEntry(event=EventType.TAKEN_OVER, actor="stefan"),
        )
        assert not send_callback(payouts, a_transfer(new.order, SETTLED))
        assert state_of(payouts, new) == (PayoutStatus.PROCESSING, EventType.LATE_ANSWER)

    @pytest.mark.parametrize("amount", ["10.01", "9.99"])
    def test_ignores_another_amount(
        self, payouts: MemoryPayouts, sent: Payout, amount: str
    ) -> None:
        assert not send_callback(payouts, a_transfer(sent.order, SETTLED, amount=Decimal(amount)))
        assert state_of(payouts, sent) == (PayoutStatus.PROCESSING, EventType.CLAIMED)

    def test_ignores_other_references(self, payouts: MemoryPayouts, sent: Payout) -> None:
        stranger = a_transfer(sent.order, SETTLED, reference="0" * 32)
        assert not send_callback(payouts, stranger)
        assert not send_callback(payouts, None)
        assert state_of(payouts, sent) == (PayoutStatus.PROCESSING, EventType.CLAIMED)

    def test_refuses_a_message_without_a_signature(
        self, payouts: MemoryPayouts, sent: Payout
    ) -> None:
        handle = HandleBankCallback(payouts=payouts, callbacks=Unsigned())
        with pytest.raises(SignatureInvalidError):
            handle(headers={}, body=b"")
        assert state_of(payouts, sent) == (PayoutStatus.PROCESSING, EventType.CLAIMED)


@dataclass
class ClaimedMeanwhile(MemoryPayouts):
    """A worker claims the payout between read and write, `times` times."""

    times: int = 0

    def find_by_reference(self, reference: str) -> Payout | None:
        payout = super().find_by_reference(reference)
        if payout and self.times:
            self.times -= 1
            self.clock += 31
            self.claim(payout_id=payout.id, lease_seconds=30)
        return payout


class TestRace:
    @pytest.fixture
    def payouts(self) -> MemoryPayouts:
        return ClaimedMeanwhile(recipients={1: a_recipient()}, times=0)

    def test_decides_again_when_the_payout_changed_before_the_write(
        self, payouts: ClaimedMeanwhile, sent: Payout
    ) -> None:
        payouts.times = 1
        assert send_callback(payouts, a_transfer(sent.order, SETTLED))
        assert payouts.rows[sent.id].attempt == 2
        assert state_of(payouts, sent) == (PayoutStatus.COMPLETED, EventType.COMPLETED)

    def test_gives_up_when_the_payout_changes_at_each_try(
        self, payouts: ClaimedMeanwhile, sent: Payout
    ) -> None:
        payouts.times = 100
        with pytest.raises(PayoutInFlightError):
            send_callback(payouts, a_transfer(sent.order, SETTLED))
        assert state_of(payouts, sent) == (PayoutStatus.PROCESSING, EventType.CLAIMED)
