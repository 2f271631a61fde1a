"""The use cases as calls that stand still, on one database, one bank and one book."""

from collections.abc import Callable
from uuid import uuid4

from payouts.application.hear_bank import HearBank
from payouts.application.recover_payouts import RecoverPayouts
from payouts.domain.by_hand import Resolution
from tests.fakes.bank import OneCallback
from tests.fakes.doorbell import CountingDoorbell
from tests.payout_model import judgement
from tests.payout_model.bank import ModelBank, Mood
from tests.payout_model.book import Book, Page, Time
from tests.payout_model.calls import Call
from tests.payout_model.judgement import Judge
from tests.payout_model.ports import LONG_SECONDS, SilentDoorbell, WatchedBank, WatchedPayouts
from tests.payout_model.rows import let_time_pass
from tests.unit.samples import a_recipient, money

from payouts.adapters.database.payouts import DatabasePayouts
from payouts.adapters.database.recipients import DatabaseRecipients
from payouts.application.change_status import ChangeStatus
from payouts.application.create_payout import CreatePayout
from payouts.application.delete_payout import DeletePayout
from payouts.application.ports import RecipientChanges
from payouts.application.process_payout import ProcessPayout
from payouts.application.resolve_payout import ResolvePayout
from payouts.domain.bank_answer import Transfer, TransferStatus
from payouts.domain.errors import DomainError
from payouts.domain.idempotency import IdempotencyKey
from payouts.domain.outcome import Patience
from payouts.domain.status import PayoutStatus

MAX_OPEN_ATTEMPTS = 3


class World:
    """Keys and recipients are of its own, so that it needs no empty database."""

    def __init__(self) -> None:
        self.bank, self.book = ModelBank(), Book()
        self.calls: list[Call] = []
        self._run = uuid4().hex
        for _ in range(2):
            self.book.is_active[DatabaseRecipients().add(a_recipient().details)["id"]] = True

    @property
    def recipient_ids(self) -> list[int]:
        return list(self.book.is_active)

    @property
    def pages(self) -> list[Page]:
        return list(self.book.pages.values())

    def is_settled(self, page: Page) -> bool:
        return self.bank.status(page.reference) is TransferStatus.SETTLED

    def start_creating(self, name: str, *, who: int, amount: str) -> Call:
        key, content = f"{name}-{self._run}", (self.recipient_ids[who], amount)

        def create(call: Call) -> object:
            use_case = CreatePayout(
                payouts=WatchedPayouts(call=call, book=self.book),
                doorbell=SilentDoorbell(call),
                currencies=frozenset({"USD"}),
            )
            return use_case(
                recipient_id=content[0],
                money=money(amount),
                idempotency_key=IdempotencyKey(key),
                actor="ursula",
            )

        return self._start(create, judgement.of_creating(self.book, key, content))

    def start_processing(self, page: Page) -> Call:
        def process(call: Call) -> object:
            use_case = ProcessPayout(
                payouts=WatchedPayouts(call=call, book=self.book),
                bank=WatchedBank(call, self.bank),
                patience=Patience(max_open_attempts=MAX_OPEN_ATTEMPTS),
                lease_seconds=LONG_SECONDS,
            )
            return use_case(payout_id=page.payout_id)

        return self._start(process, judgement.of_processing(page))

    def start_changing(self, page: Page, status: PayoutStatus) -> Call:
        def change(call: Call) -> object:
            use_case = ChangeStatus(payouts=WatchedPayouts(call=call, book=self.book))
            return use_case(payout_id=page.payout_id, status=status, reason="", actor="stefan")

        return self._start(change, judgement.of_changing(page, status.value))

    def start_resolving(self, page: Page, resolution: Resolution) -> Call:
        def resolve(call: Call) -> object:
            use_case = ResolvePayout(
                payouts=WatchedPayouts(call=call, book=self.book), doorbell=SilentDoorbell(call)
            )
            return use_case(
                payout_id=page.payout_id, resolution=resolution, evidence="seen", actor="stefan"
            )

        return self._start(resolve, judgement.of_resolving(page, resolution))

    def start_deleting(self, page: Page) -> Call:
        def delete(call: Call) -> object:
            use_case = DeletePayout(payouts=WatchedPayouts(call=call, book=self.book))
            use_case(payout_id=page.payout_id, actor="stefan")
            return None

        return self._start(delete, judgement.of_deleting(page))

    def start_hearing(self, transfer: Transfer) -> Call:
        def hear(call: Call) -> object:
            payouts = WatchedPayouts(call=call, book=self.book)
            return HearBank(payouts=payouts, callbacks=OneCallback(transfer))(headers={}, body=b"")

        [page] = [page for page in self.pages if page.reference == transfer.reference]
        return self._start(hear, judgement.of_hearing(page, transfer.status))

    def go_on(self, call: Call, mood: Mood) -> None:
        call.go_on(mood)
        if not call.at:
            self._end(call)

    def finish(self, call: Call, *moods: Mood) -> None:
        """Let it go on to its end; the bank is in the last mood whenever it is asked once more."""
        moods = moods or (Mood.SETTLES,)
        asked = 0
        while call.at:
            asked += call.at == "ask"
            self.go_on(call, moods[min(asked, len(moods)) - 1])

    def kill(self, call: Call) -> None:
        self.calls.remove(call)
        call.kill()

    def let_time_pass(self, page: Page) -> None:
        """More of it than a lease or a deferral lasts; of what is under way, as much as may be."""
        if page.deferral == "REFUSED":
            self.bank.take_late_order(page.reference)
        let_time_pass(page.payout_id)
        page.let_time_pass()

    def set_active(self, recipient_id: int, is_active: bool) -> None:
        if self.book.is_active[recipient_id] is not is_active:
            changes: RecipientChanges = {"is_active": is_active}
            DatabaseRecipients().change(recipient_id=recipient_id, changes=changes)
            self.book.is_active[recipient_id] = is_active

    def sweep(self) -> list[Page]:
        """Return what was rung for, which must be what the book says."""
        doorbell = CountingDoorbell()
        payouts = DatabasePayouts(ring_again_seconds=LONG_SECONDS)
        # Earlier runs have left theirs behind, and those are in the batch too.
        RecoverPayouts(payouts=payouts, doorbell=doorbell, batch_size=1_000_000)()
        rung = [page for page in self.pages if page.payout_id in doorbell.rung]
        assert rung == [page for page in self.pages if page.ring is Time.NOW]
        for page in rung:
            page.ring = Time.LATER
        return rung

    def let_all_go_on(self) -> None:
        """With a bank that answers and workers that live, everything goes on that can."""
        for page in self.pages:
            self.bank.move_on(page.reference, rejects=False)
            self.let_time_pass(page)
        for page in self.sweep():
            self.finish(self.start_processing(page), Mood.SETTLES)

    def _start(self, work: Callable[[Call], object], judge: Judge) -> Call:
        call = Call(work, judge)
        self.calls.append(call)
        if not call.at:
            self._end(call)
        return call

    def _end(self, call: Call) -> None:
        self.calls.remove(call)
        if call.error and not isinstance(call.error, DomainError):
            raise call.error
        call.judge(call)
