"""How a call has to end, by what its payout was when it began and is when it ends."""

from collections.abc import Callable

from payouts.domain.by_hand import Resolution
from tests.payout_model.book import Book, Content, Page
from tests.payout_model.calls import Call
from tests.payout_model.rows import read_histories

from payouts.application.create_payout import Created, Replayed
from payouts.domain.bank_answer import TransferStatus
from payouts.domain.errors import (
    DomainError,
    IdempotencyKeyReusedError,
    InvalidTransitionError,
    PayoutDeletedError,
    PayoutInFlightError,
    PayoutNotFoundError,
    PayoutProcessingError,
    RecipientInactiveError,
)
from payouts.domain.outcome import Outcome

type Judge = Callable[[Call], None]
type Refusal = type[DomainError] | None


def of_creating(book: Book, key: str, content: Content) -> Judge:
    was_known = key in book.pages

    def judge(call: Call) -> None:
        page = book.pages.get(key)
        if not page:  # the port has seen to it that nobody who may be paid is refused
            _expect(call, RecipientInactiveError)
        elif isinstance(call.result, Created):
            assert not was_known
            assert call.result.payout.id == page.payout_id
        else:
            _expect(call, _refuses_replay(page, content))
            if isinstance(call.result, Replayed):
                assert call.result.payout.id == page.payout_id

    return judge


def of_changing(page: Page, status: str) -> Judge:
    return _of_step(page, lambda: _refuses_change(page, status))


def of_resolving(page: Page, resolution: Resolution) -> Judge:
    if resolution is Resolution.RETRY:
        return _of_step(page, lambda: _refuses_retry(page))
    return of_changing(page, resolution.value)


def of_deleting(page: Page) -> Judge:
    return _of_step(page, lambda: _refuses_deletion(page))


def of_hearing(page: Page, status: TransferStatus) -> Judge:
    end = {TransferStatus.SETTLED: "COMPLETED", TransferStatus.REJECTED: "FAILED"}.get(status)

    def judge(call: Call) -> None:
        assert type(call.error) in {type(None), PayoutInFlightError}
        if call.result:
            assert page.status == end

    return judge


def of_processing(page: Page) -> Judge:
    is_taken, attempt = page.may_be_claimed, page.attempt + 1

    def judge(call: Call) -> None:
        assert not call.error
        if isinstance(call.result, Outcome):
            assert is_taken
            assert page.history[-1][0] == call.result.event
        elif is_taken and page.attempt != attempt:
            _, late = read_histories([page.payout_id])[page.payout_id]
            assert ("payout.late_answer", "", "", attempt) in late, "it is kept as evidence"

    return judge


def _of_step(page: Page, refuses: Callable[[], Refusal]) -> Judge:
    refused = refuses() or (PayoutInFlightError if page.is_leased else None)

    def judge(call: Call) -> None:
        if refused or not call.error:
            _expect(call, refused)
        else:
            _expect(call, refuses() or PayoutInFlightError)

    return judge


def _refuses_replay(page: Page, content: Content) -> Refusal:
    if page.is_deleted:
        return PayoutDeletedError
    return None if page.content == content else IdempotencyKeyReusedError


def _refuses_change(page: Page, status: str) -> Refusal:
    if page.is_deleted:
        return PayoutNotFoundError
    return None if page.may_become(status) else InvalidTransitionError


def _refuses_deletion(page: Page) -> Refusal:
    if page.is_deleted:
        return PayoutNotFoundError
    return PayoutProcessingError if page.status == "PROCESSING" else None


def _refuses_retry(page: Page) -> Refusal:
    if page.is_deleted:
        return PayoutNotFoundError
    return None if page.status == "PROCESSING" else InvalidTransitionError


def _expect(call: Call, refused: Refusal) -> None:
    assert type(call.error) is (refused or type(None))
