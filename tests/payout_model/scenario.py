"""The use cases as pausable calls, with one database, one bank and one expected state."""

from collections.abc import Callable
from uuid import uuid4

from tests.fakes.bank import OneCallback
from tests.fakes.task_queue import CountingTaskQueue
from tests.payout_model import expected_results
from tests.payout_model.bank import Behaviour, ModelBank
from tests.payout_model.expected_results import Check
from tests.payout_model.expected_state import Due, ExpectedPayout, ExpectedState
from tests.payout_model.pausable_call import PausableCall
from tests.payout_model.ports import LONG_SECONDS, CheckedPayouts, LosingTaskQueue, PausingBank
from tests.payout_model.rows import let_time_pass
from tests.unit.samples import a_recipient, money, terms

from payouts.adapters.database.payouts import DatabasePayouts
from payouts.adapters.database.recipients import DatabaseRecipients
from payouts.application.change_status import ChangeStatus
from payouts.application.create_payout import CreatePayout
from payouts.application.delete_payout import DeletePayout
from payouts.application.handle_bank_callback import HandleBankCallback
from payouts.application.ports import RecipientChanges
from payouts.application.process_payout import ProcessPayout
from payouts.application.requeue_overdue import RequeueOverdue
from payouts.application.resolve_payout import ResolvePayout
from payouts.domain.bank_answer import Transfer, TransferStatus
from payouts.domain.errors import DomainError
from payouts.domain.idempotency import IdempotencyKey
from payouts.domain.manual_action import Resolution
from payouts.domain.requeue_policy import RequeuePolicy
from payouts.domain.retry_policy import RetryPolicy
from payouts.domain.status import PayoutStatus

MAX_OPEN_ATTEMPTS = 3


class Scenario:
    """Uses keys and recipients of its own, so that it needs no empty database."""

    def __init__(self) -> None:
        self.bank, self.state = ModelBank(), ExpectedState()
        self.calls: list[PausableCall] = []
        self._suffix = uuid4().hex
        for _ in range(2):
            self.state.is_active[
                DatabaseRecipients().add(a_recipient().details, actor="stefan").id
            ] = True

    @property
    def recipient_ids(self) -> list[int]:
        return list(self.state.is_active)

    @property
    def payouts(self) -> list[ExpectedPayout]:
        return list(self.state.payouts.values())

    def is_settled(self, payout: ExpectedPayout) -> bool:
        return self.bank.status(payout.reference) is TransferStatus.SETTLED

    def start_create(self, name: str, *, recipient: int, amount: str) -> PausableCall:
        key, recipient_id = f"{name}-{self._suffix}", self.recipient_ids[recipient]

        def create(call: PausableCall) -> object:
            use_case = CreatePayout(
                payouts=CheckedPayouts(call=call, state=self.state),
                task_queue=LosingTaskQueue(call),
                currencies=frozenset({"USD"}),
            )
            return use_case(
                terms=terms(recipient_id=recipient_id, money=money(amount)),
                idempotency_key=IdempotencyKey(key),
                actor="ursula",
            )

        check = expected_results.after_create(self.state, key, (recipient_id, amount))
        return self._start(create, check)

    def start_processing(self, payout: ExpectedPayout) -> PausableCall:
        def process(call: PausableCall) -> object:
            use_case = ProcessPayout(
                payouts=CheckedPayouts(call=call, state=self.state),
                bank=PausingBank(call, self.bank),
                retry_policy=RetryPolicy(max_open_attempts=MAX_OPEN_ATTEMPTS),
                lease_seconds=LONG_SECONDS,
            )
            return use_case(payout_id=payout.payout_id)

        return self._start(process, expected_results.after_processing(payout))

    def start_status_change(self, payout: ExpectedPayout, status: PayoutStatus) -> PausableCall:
        def change(call: PausableCall) -> object:
            use_case = ChangeStatus(payouts=CheckedPayouts(call=call, state=self.state))
            return use_case(
                payout_id=payout.payout_id, status=status, reason="seen", actor="stefan"
            )

        return self._start(change, expected_results.after_status_change(payout, status.value))

    def start_resolution(self, payout: ExpectedPayout, resolution: Resolution) -> PausableCall:
        def resolve(call: PausableCall) -> object:
            use_case = ResolvePayout(
                payouts=CheckedPayouts(call=call, state=self.state),
                task_queue=LosingTaskQueue(call),
            )
            return use_case(
                payout_id=payout.payout_id, resolution=resolution, evidence="seen", actor="stefan"
            )

        return self._start(resolve, expected_results.after_resolution(payout, resolution))

    def start_deletion(self, payout: ExpectedPayout) -> PausableCall:
        def delete(call: PausableCall) -> object:
            use_case = DeletePayout(payouts=CheckedPayouts(call=call, state=self.state))
            use_case(payout_id=payout.payout_id, actor="stefan")
            return None

        return self._start(delete, expected_results.after_deletion(payout))

    def start_callback(self, transfer: Transfer) -> PausableCall:
        def handle(call: PausableCall) -> object:
            use_case = HandleBankCallback(
                payouts=CheckedPayouts(call=call, state=self.state),
                callbacks=OneCallback(transfer),
            )
            return use_case(headers={}, body=b"")

        [payout] = [each for each in self.payouts if each.reference == transfer.reference]
        return self._start(handle, expected_results.after_callback(payout, transfer.status))

    def resume(self, call: PausableCall, behaviour: Behaviour) -> None:
        """Run the call until it pauses again or ends; if it asks the bank, this is how it acts."""
        call.resume(behaviour)
        if not call.paused_at:
            self._end(call)

    def finish(self, call: PausableCall, *behaviours: Behaviour) -> None:
        """Run the call to its end; asked more often, the bank repeats the last behaviour."""
        behaviours = behaviours or (Behaviour.SETTLES,)
        asked = 0
        while call.paused_at:
            asked += call.paused_at == "ask"
            self.resume(call, behaviours[min(asked, len(behaviours)) - 1])

    def kill(self, call: PausableCall) -> None:
        self.calls.remove(call)
        call.kill()

    def let_time_pass(self, payout: ExpectedPayout) -> None:
        """Let more time pass than a lease or a deferral lasts.

        A refusal is doubted for longer than an order can be in transit, so one that is in transit
        arrives meanwhile.
        """
        if payout.deferral == "REFUSED":
            self.bank.accept_order_in_transit(payout.reference)
        let_time_pass(payout.payout_id)
        payout.wait()

    def set_active(self, recipient_id: int, is_active: bool) -> None:
        if self.state.is_active[recipient_id] is not is_active:
            changes: RecipientChanges = {"is_active": is_active}
            DatabaseRecipients().change(recipient_id=recipient_id, changes=changes, actor="stefan")
            self.state.is_active[recipient_id] = is_active

    def requeue_overdue(self) -> list[ExpectedPayout]:
        """Return the payouts that were enqueued, which must be those that the state expects."""
        task_queue = CountingTaskQueue()
        # Payouts that earlier scenarios left behind are overdue too.
        RequeueOverdue(
            payouts=DatabasePayouts(),
            task_queue=task_queue,
            policy=RequeuePolicy(max_waiting=1_000_000, interval_seconds=LONG_SECONDS),
        )()
        enqueued = [each for each in self.payouts if each.payout_id in task_queue.enqueued]
        assert enqueued == [each for each in self.payouts if each.requeue is Due.NOW]
        for payout in enqueued:
            payout.requeue = Due.LATER
        return enqueued

    def process_all(self) -> None:
        """Process what is overdue, with a bank that answers and a worker that lives."""
        for payout in self.payouts:
            self.bank.finish(payout.reference, rejects=False)
            self.let_time_pass(payout)
        for payout in self.requeue_overdue():
            self.finish(self.start_processing(payout), Behaviour.SETTLES)

    def _start(self, work: Callable[[PausableCall], object], check: Check) -> PausableCall:
        call = PausableCall(work, check)
        self.calls.append(call)
        if not call.paused_at:
            self._end(call)
        return call

    def _end(self, call: PausableCall) -> None:
        self.calls.remove(call)
        if call.error and not isinstance(call.error, DomainError):
            raise call.error
        call.check(call)
