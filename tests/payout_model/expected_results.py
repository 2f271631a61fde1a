"""How a call must end, given its payout's expected state when the call began and when it ended."""

from collections.abc import Callable

from tests.payout_model.expected_state import ExpectedPayout, ExpectedState, Terms
from tests.payout_model.pausable_call import PausableCall
from tests.payout_model.rows import read_histories

from payouts.application.create_payout import Created, Replayed
from payouts.application.handle_bank_callback import CallbackResult
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
from payouts.domain.manual_action import Resolution
from payouts.domain.outcome import Outcome

type Check = Callable[[PausableCall], None]
type ExpectedError = type[DomainError] | None


def after_create(state: ExpectedState, key: str, terms: Terms) -> Check:
    was_known = key in state.payouts

    def check(call: PausableCall) -> None:
        payout = state.payouts.get(key)
        if not payout:  # the port has checked that only inactive recipients are refused
            _assert_error(call, RecipientInactiveError)
        elif isinstance(call.result, Created):
            assert not was_known
            assert call.result.payout.id == payout.payout_id
        else:
            _assert_error(call, _replay_error(payout, terms))
            if isinstance(call.result, Replayed):
                assert call.result.payout.id == payout.payout_id

    return check


def after_status_change(payout: ExpectedPayout, status: str) -> Check:
    return _after_manual_action(payout, lambda: _change_error(payout, status))


def after_resolution(payout: ExpectedPayout, resolution: Resolution) -> Check:
    if resolution is Resolution.RETRY:
        return _after_manual_action(payout, lambda: _retry_error(payout))
    return after_status_change(payout, resolution.value)


def after_deletion(payout: ExpectedPayout) -> Check:
    return _after_manual_action(payout, lambda: _deletion_error(payout))


def after_callback(payout: ExpectedPayout, status: TransferStatus) -> Check:
    final = {TransferStatus.SETTLED: "COMPLETED", TransferStatus.REJECTED: "FAILED"}.get(status)

    def check(call: PausableCall) -> None:
        assert type(call.error) in {type(None), PayoutInFlightError}
        if call.result is CallbackResult.APPLIED:
            assert payout.status == final

    return check


def after_processing(payout: ExpectedPayout) -> Check:
    is_claimed, attempt = payout.can_be_claimed, payout.attempt + 1

    def check(call: PausableCall) -> None:
        assert not call.error
        if isinstance(call.result, Outcome):
            assert is_claimed
            assert payout.last_event == call.result.event
        elif is_claimed and payout.attempt != attempt:
            _, late = read_histories([payout.payout_id])[payout.payout_id]
            assert ("payout.late_answer", "", "", attempt) in late, "it is kept as evidence"

    return check


def _after_manual_action(payout: ExpectedPayout, find_error: Callable[[], ExpectedError]) -> Check:
    error_at_start = find_error() or (PayoutInFlightError if payout.is_leased else None)

    def check(call: PausableCall) -> None:
        if error_at_start or not call.error:
            _assert_error(call, error_at_start)
        else:
            _assert_error(call, find_error() or PayoutInFlightError)

    return check


def _replay_error(payout: ExpectedPayout, terms: Terms) -> ExpectedError:
    if payout.is_deleted:
        return PayoutDeletedError
    return None if payout.terms == terms else IdempotencyKeyReusedError


def _change_error(payout: ExpectedPayout, status: str) -> ExpectedError:
    if payout.is_deleted:
        return PayoutNotFoundError
    return None if payout.can_become(status) else InvalidTransitionError


def _deletion_error(payout: ExpectedPayout) -> ExpectedError:
    if payout.is_deleted:
        return PayoutNotFoundError
    return PayoutProcessingError if payout.status == "PROCESSING" else None


def _retry_error(payout: ExpectedPayout) -> ExpectedError:
    if payout.is_deleted:
        return PayoutNotFoundError
    return None if payout.status == "PROCESSING" else InvalidTransitionError


def _assert_error(call: PausableCall, expected: ExpectedError) -> None:
    assert type(call.error) is (expected or type(None))
