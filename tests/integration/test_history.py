"""The history and the messages of a payout lead to its state, whichever use case changes it.

A use case that is added needs a row in CASES, or a place in WITHOUT_PAYOUTS.
"""

import pkgutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from importlib import import_module
from inspect import getmembers, isclass
from typing import Any

import pytest
from tests.contract.worlds import DatabaseWorld
from tests.fakes.bank import MemoryBank, OneCallback
from tests.fakes.task_queue import CountingTaskQueue
from tests.payout_model.rows import let_time_pass
from tests.unit.samples import a_transfer, terms
from tests.verify_action import verify_action

import payouts.application
from payouts.adapters.database.payouts import DatabasePayouts
from payouts.adapters.database.reconciliation_reads import DatabaseReconciliationReads
from payouts.application.add_recipient import AddRecipient
from payouts.application.change_recipient import ChangeRecipient
from payouts.application.change_status import ChangeStatus
from payouts.application.check_account import CheckAccount
from payouts.application.create_payout import CreatePayout
from payouts.application.delete_payout import DeletePayout
from payouts.application.drain_due import DrainDue
from payouts.application.handle_bank_callback import HandleBankCallback
from payouts.application.list_payouts import ListPayouts
from payouts.application.process_payout import ProcessPayout
from payouts.application.reconcile_payouts import ReconcilePayouts
from payouts.application.requeue_overdue import RequeueOverdue
from payouts.application.resolve_payout import ResolvePayout
from payouts.application.try_now import TryNow
from payouts.application.webhooks.attempt_delivery import AttemptDelivery
from payouts.application.webhooks.change_endpoint import ChangeEndpoint
from payouts.application.webhooks.create_endpoint import CreateEndpoint
from payouts.application.webhooks.fan_out import FanOut
from payouts.application.webhooks.record_attempts import RecordAttempts
from payouts.application.webhooks.remove_old_deliveries import RemoveOldDeliveries
from payouts.application.webhooks.rotate_secret import RotateSecret
from payouts.application.webhooks.send_test_message import SendTestMessage
from payouts.domain.bank_answer import (
    BankAnswer,
    NotAccepted,
    Refused,
    TransferStatus,
    Unknown,
)
from payouts.domain.errors import DomainError
from payouts.domain.history import EventType
from payouts.domain.idempotency import IdempotencyKey
from payouts.domain.manual_action import Resolution
from payouts.domain.payout import Payout, PayoutOrder
from payouts.domain.recipient import Recipient
from payouts.domain.reference import new_reference
from payouts.domain.requeue_policy import RequeuePolicy
from payouts.domain.retry_policy import RetryPolicy
from payouts.domain.statement import Match, StatementEntry
from payouts.domain.status import PayoutStatus

WITHOUT_PAYOUTS = {
    AddRecipient,
    AttemptDelivery,
    ChangeEndpoint,
    ChangeRecipient,
    CheckAccount,
    CreateEndpoint,
    FanOut,
    ListPayouts,
    RecordAttempts,
    RemoveOldDeliveries,
    RotateSecret,
    SendTestMessage,
}
PROCESSING, COMPLETED, FAILED = (
    PayoutStatus.PROCESSING,
    PayoutStatus.COMPLETED,
    PayoutStatus.FAILED,
)
SETTLED, REJECTED = TransferStatus.SETTLED, TransferStatus.REJECTED
REFUSED = Refused("AC04", "The account is closed.")


@dataclass
class SlowBank(MemoryBank):
    """While it answers, the lease of the worker ends, and `meanwhile` happens."""

    meanwhile: Callable[[], object] = lambda: None

    def send(self, order: PayoutOrder) -> BankAnswer:
        answer, meanwhile = super().send(order), self.meanwhile
        self.meanwhile = lambda: None
        meanwhile()
        return answer


@dataclass
class World:
    """One payout in PostgreSQL, and the use cases with a bank and a broker in memory."""

    recipient: Recipient = field(default_factory=lambda: DatabaseWorld().make_recipient())
    bank: SlowBank = field(default_factory=SlowBank)
    key: str = field(default_factory=new_reference)
    payouts: DatabasePayouts = field(default_factory=DatabasePayouts)
    task_queue: CountingTaskQueue = field(default_factory=CountingTaskQueue)

    @property
    def payout(self) -> Payout:
        key = IdempotencyKey(self.key)
        payout = self.payouts.find_existing(idempotency_key=key, recipient_id=0).payout
        assert payout
        return payout

    def create(self) -> None:
        create = CreatePayout(
            payouts=self.payouts, task_queue=self.task_queue, currencies=frozenset({"USD"})
        )
        key = IdempotencyKey(self.key)
        create(terms=terms(recipient_id=self.recipient.id), idempotency_key=key, actor="ursula")

    def deactivate_recipient(self) -> None:
        DatabaseWorld().deactivate(self.recipient)

    def process(self, *answers: BankAnswer | None, max_open_attempts: int = 7) -> None:
        """Let a worker make an attempt; no answer means that the bank pays."""
        self.bank.script += answers
        self._process(max_open_attempts)(payout_id=self.payout.id)

    def wait(self) -> None:
        """Let the lease end, and the payout become due."""
        let_time_pass(self.payout.id)

    def defer(self) -> None:
        self.process(Unknown("no answer"))
        self.wait()

    def need_review(self) -> None:
        self.defer()
        self.process(max_open_attempts=1)

    def be_overtaken(self) -> None:
        """Let another worker complete the payout while the first one waits for the bank."""

        def process_elsewhere() -> None:
            self.wait()
            self.process(a_transfer(self.payout.order, SETTLED))

        self.bank.meanwhile = process_elsewhere
        self.process(REFUSED)

    def hear_from_bank(self, status: TransferStatus) -> None:
        transfer = a_transfer(self.payout.order, status, reason="AC04")
        HandleBankCallback(payouts=self.payouts, callbacks=OneCallback(transfer))(
            headers={}, body=b""
        )

    def take_over(self) -> None:
        self.change_status(PROCESSING)

    def change_status(self, status: PayoutStatus, reason: str = "seen") -> None:
        ChangeStatus(payouts=self.payouts)(
            payout_id=self.payout.id, status=status, reason=reason, actor="stefan"
        )

    def resolve(self, resolution: Resolution) -> None:
        ResolvePayout(payouts=self.payouts, task_queue=self.task_queue)(
            payout_id=self.payout.id, resolution=resolution, evidence="seen", actor="stefan"
        )

    def try_now(self) -> None:
        TryNow(payouts=self.payouts, task_queue=self.task_queue)(
            payout_id=self.payout.id, actor="stefan"
        )

    def delete(self) -> None:
        DeletePayout(payouts=self.payouts)(payout_id=self.payout.id, actor="stefan")

    def reconcile(self, *reasons: str) -> None:
        """Compare statements with a return of the payout for each reason."""
        order = self.payout.order
        entries = [
            StatementEntry(
                reference=order.reference,
                amount=order.terms.money.amount,
                currency=order.terms.money.currency.code,
                is_credit=True,
                reason=reason,
            )
            for reason in reasons
        ]
        reconcile = ReconcilePayouts(reads=DatabaseReconciliationReads(), payouts=self.payouts)
        found = list(reconcile(statement=entries))
        assert Match.RETURNED in {finding.match for finding in found}

    def requeue(self) -> None:
        policy = RequeuePolicy(interval_seconds=0)
        RequeueOverdue(payouts=self.payouts, task_queue=self.task_queue, policy=policy)()
        assert self.payout.id in self.task_queue.enqueued

    def drain(self) -> None:
        DrainDue(payouts=self.payouts, process=self._process(7), batch_size=10)()

    def _process(self, max_open_attempts: int) -> ProcessPayout:
        return ProcessPayout(
            payouts=self.payouts,
            bank=self.bank,
            retry_policy=RetryPolicy(max_open_attempts=max_open_attempts),
            lease_seconds=30,
        )


Step = Callable[[World], object]


@dataclass(frozen=True)
class Case:
    """What a use case does to a payout that `before` has brought into a state.

    `history` and `messages` are the types of the events that it emits, separated by spaces.
    """

    use_case: type
    name: str
    before: tuple[Step, ...]
    action: Step
    history: str
    messages: str


def refused(step: Step) -> Step:
    """Return a step that a rule forbids."""

    def run(world: World) -> None:
        with pytest.raises(DomainError):
            step(world)

    return run


def answered(*answers: BankAnswer) -> Step:
    return lambda world: world.process(*answers)


def called_back(status: TransferStatus) -> Step:
    return lambda world: world.hear_from_bank(status)


def changed(status: PayoutStatus, reason: str = "seen") -> Step:
    return lambda world: world.change_status(status, reason)


def resolved(resolution: Resolution) -> Step:
    return lambda world: world.resolve(resolution)


def returned(*reasons: str) -> Step:
    return lambda world: world.reconcile(*reasons)


IS_WAITING = (World.create, answered(Unknown("no answer")))
CREATE, DEFER, PAY = World.create, World.defer, World.process
IN_REVIEW, TAKEN_OVER = (CREATE, World.need_review), (CREATE, World.take_over)
IS_PAID, IS_DEFERRED = (CREATE, PAY), (CREATE, DEFER)

CASES = [
    Case(CreatePayout, "new", (), CREATE, "created", "created"),
    Case(CreatePayout, "replayed", IS_PAID, CREATE, "", ""),
    Case(CreatePayout, "refused", (World.deactivate_recipient,), refused(CREATE), "", ""),
    Case(ProcessPayout, "paid", (CREATE,), PAY, "claimed completed", "processing completed"),
    Case(
        ProcessPayout,
        "refused",
        (CREATE,),
        answered(REFUSED),
        "claimed failed",
        "processing failed",
    ),
    Case(
        ProcessPayout,
        "to an inactive recipient",
        (CREATE, World.deactivate_recipient),
        PAY,
        "claimed failed",
        "processing failed",
    ),
    Case(
        ProcessPayout,
        "deferred",
        (CREATE,),
        answered(Unknown("no answer")),
        "claimed deferred",
        "processing",
    ),
    Case(ProcessPayout, "deferred again", IS_DEFERRED, answered(Unknown("again")), "", ""),
    Case(
        ProcessPayout,
        "deferred for another reason",
        IS_DEFERRED,
        answered(NotAccepted("busy")),
        "deferred",
        "",
    ),
    Case(ProcessPayout, "paid later", IS_DEFERRED, PAY, "completed", "completed"),
    Case(
        ProcessPayout,
        "in doubt",
        IS_DEFERRED,
        lambda world: world.process(max_open_attempts=1),
        "needs_review",
        "needs_review",
    ),
    Case(ProcessPayout, "not due", TAKEN_OVER, PAY, "", ""),
    Case(
        ProcessPayout,
        "overtaken",
        (CREATE,),
        World.be_overtaken,
        "claimed completed late_answer",
        "processing completed",
    ),
    Case(HandleBankCallback, "paid", IS_DEFERRED, called_back(SETTLED), "completed", "completed"),
    Case(HandleBankCallback, "rejected", IS_DEFERRED, called_back(REJECTED), "failed", "failed"),
    Case(
        HandleBankCallback, "in review", IN_REVIEW, called_back(SETTLED), "completed", "completed"
    ),
    Case(HandleBankCallback, "known", IS_PAID, called_back(SETTLED), "", ""),
    Case(HandleBankCallback, "contradicting", IS_PAID, called_back(REJECTED), "late_answer", ""),
    Case(ChangeStatus, "taken over", (CREATE,), World.take_over, "taken_over", "processing"),
    Case(ChangeStatus, "failed", (CREATE,), changed(FAILED, ""), "failed", "failed"),
    Case(ChangeStatus, "completed", TAKEN_OVER, changed(COMPLETED), "completed", "completed"),
    Case(ChangeStatus, "in review", IN_REVIEW, changed(FAILED), "failed", "failed"),
    Case(ChangeStatus, "forbidden", (CREATE,), refused(changed(COMPLETED)), "", ""),
    Case(ResolvePayout, "retried", IN_REVIEW, resolved(Resolution.RETRY), "retried", "processing"),
    Case(
        ResolvePayout, "given back", TAKEN_OVER, resolved(Resolution.RETRY), "retried", "processing"
    ),
    Case(
        ResolvePayout,
        "completed",
        IN_REVIEW,
        resolved(Resolution.COMPLETED),
        "completed",
        "completed",
    ),
    Case(ResolvePayout, "failed", IN_REVIEW, resolved(Resolution.FAILED), "failed", "failed"),
    Case(ResolvePayout, "ended", IS_PAID, refused(resolved(Resolution.RETRY)), "", ""),
    Case(TryNow, "waiting", IS_WAITING, World.try_now, "try_requested", ""),
    Case(TryNow, "in review", IN_REVIEW, refused(World.try_now), "", ""),
    Case(DeletePayout, "new", (CREATE,), World.delete, "deleted", ""),
    Case(DeletePayout, "ended", IS_PAID, World.delete, "deleted", ""),
    Case(DeletePayout, "forbidden", IS_DEFERRED, refused(World.delete), "", ""),
    Case(ReconcilePayouts, "returned", IS_PAID, returned("AC04"), "returned", "returned"),
    Case(ReconcilePayouts, "known", (*IS_PAID, returned("AC04")), returned("AC04"), "", ""),
    Case(
        ReconcilePayouts,
        "returned twice",
        (*IS_PAID, returned("AC04")),
        returned("MS03"),
        "returned",
        "returned",
    ),
    Case(
        ReconcilePayouts,
        "deleted",
        (*IS_PAID, World.delete),
        returned("AC04"),
        "returned",
        "returned",
    ),
    Case(RequeueOverdue, "overdue", IS_DEFERRED, World.requeue, "", ""),
    Case(DrainDue, "due", (CREATE,), World.drain, "claimed completed", "processing completed"),
]


def use_cases() -> Iterator[type]:
    """Yield every use case of the application layer: its classes that can be called."""
    package = payouts.application
    for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        for _, found in getmembers(import_module(module.name), isclass):
            if found.__module__ == module.name and "__call__" in vars(found):
                yield found


def id_of(case: Any) -> str:
    return f"{case.use_case.__name__}, {case.name}"


class TestHistory:
    @pytest.mark.usefixtures("database", "no_workers")
    @pytest.mark.parametrize("case", CASES, ids=id_of)
    def test_leads_to_the_state_of_the_payout(self, case: Case) -> None:
        world = World()
        for step in case.before:
            step(world)
        verify_action(
            lambda: case.action(world),
            history=case.history.split(),
            messages=case.messages.split(),
        )

    def test_is_verified_for_every_use_case(self) -> None:
        verified = {case.use_case for case in CASES}
        assert not verified & WITHOUT_PAYOUTS
        assert set(use_cases()) == verified | WITHOUT_PAYOUTS

    def test_is_verified_with_every_event(self) -> None:
        emitted = {f"payout.{type_}" for case in CASES for type_ in case.history.split()}
        assert emitted == set(EventType)
