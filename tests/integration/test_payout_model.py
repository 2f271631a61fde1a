"""The use cases on PostgreSQL, in every order that hypothesis generates, against a plain model.

Each use case is a call that pauses before it writes, and before and after the bank acts. Meanwhile
other calls run and overtake it, or it is killed. The model (tests/payout_model/) follows each
change; after each step the database must be in the expected state, and the bank's ledger must agree
with it.
"""

from collections.abc import Callable
from datetime import datetime
from itertools import takewhile
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from tests.payout_model.bank import Behaviour
from tests.payout_model.expected_state import Due, ExpectedPayout
from tests.payout_model.pausable_call import PausableCall
from tests.payout_model.rows import read_histories, read_rows, read_updated_at
from tests.payout_model.scenario import MAX_OPEN_ATTEMPTS, Scenario

from payouts.adapters.database.reads import DatabaseReads
from payouts.domain.manual_action import Resolution
from payouts.domain.status import PayoutStatus

_MAX_CALLS = 4
_MAX_UNFINISHED_PAYOUTS = 2
_STEPS_BEFORE_REST = 25
# More than a payout needs to end, if it can end without a person.
_ROUNDS_UNTIL_REST = 10
_PICKS = st.integers(0, 11)
_NAMES = st.sampled_from(["one", "another"])
# The behaviours that leave most doubt are drawn most often.
_BEHAVIOURS = st.sampled_from([*Behaviour, *[Behaviour.ACCEPTS_LATE, Behaviour.REFUSES] * 2])
_WITHOUT_EFFECT = st.lists(
    st.sampled_from(
        [
            Behaviour.IS_BUSY,
            Behaviour.REFUSES_TOKEN,
            Behaviour.LOSES_REQUEST,
            *[Behaviour.REFUSES] * 3,
        ]
    ),
    min_size=1,
    max_size=3,
)
_STATUSES = st.lists(st.sampled_from(PayoutStatus), min_size=1, max_size=2)
_RECIPIENTS = st.sampled_from([0, 0, 0, 1])
_AMOUNTS = st.sampled_from(["10.00", "10.00", "10.00", "20.00"])
_RESOLUTIONS = st.sampled_from([*Resolution, Resolution.RETRY])

has_payouts = precondition(lambda machine: machine.scenario.payouts)
has_calls = precondition(lambda machine: machine.scenario.calls)
has_room = precondition(lambda machine: len(machine.scenario.calls) < _MAX_CALLS)


class PayoutMachine(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.scenario = Scenario()
        # The version of an empty database is 0; the first change sets it to a time.
        self.version_before: int | None = None
        self.seen: dict[int, tuple[int, datetime]] = {}
        self.steps = 0

    def teardown(self) -> None:
        for call in list(self.scenario.calls):
            self.scenario.kill(call)

    @initialize()
    def create_first(self) -> None:
        self.create()

    @precondition(lambda self: len(self._payouts(_is_unfinished)) < _MAX_UNFINISHED_PAYOUTS)
    @rule()
    def create(self) -> None:
        self.scenario.set_active(self.scenario.recipient_ids[0], True)
        call = self.scenario.start_create(f"new-{self.steps}", recipient=0, amount="10.00")
        self.scenario.finish(call, Behaviour.SETTLES)

    @has_room
    @rule(name=_NAMES, recipient=_RECIPIENTS, amount=_AMOUNTS)
    def start_create(self, name: str, recipient: int, amount: str) -> None:
        self.scenario.start_create(name, recipient=recipient, amount=amount)

    @has_payouts
    @has_room
    @rule(pick=_PICKS, recipient=_RECIPIENTS, amount=_AMOUNTS)
    def repeat_create(self, pick: int, recipient: int, amount: str) -> None:
        payout = self._payout(pick, lambda payout: payout.is_deleted)
        self.scenario.start_create(payout.name, recipient=recipient, amount=amount)

    @has_payouts
    @has_room
    @rule(pick=_PICKS)
    def start_processing(self, pick: int) -> None:
        self.scenario.start_processing(self._payout(pick, _can_be_claimed))

    @has_payouts
    @has_room
    @rule(pick=_PICKS)
    def start_processing_and_outlive_the_lease(self, pick: int) -> None:
        payout = self._payout(pick, _can_be_claimed)
        self.scenario.start_processing(payout)
        self.scenario.let_time_pass(payout)

    @has_payouts
    @has_room
    @rule(
        pick=_PICKS,
        attempts=st.lists(st.tuples(_BEHAVIOURS, _BEHAVIOURS), min_size=1, max_size=4),
    )
    def process_repeatedly(self, pick: int, attempts: list[tuple[Behaviour, Behaviour]]) -> None:
        """Each attempt asks the bank once or twice and is not disturbed."""
        payout = self._payout(pick, _can_be_claimed)
        for behaviours in takewhile(lambda _: not payout.is_at_rest, attempts):
            self.scenario.finish(self.scenario.start_processing(payout), *behaviours)
            self.scenario.let_time_pass(payout)

    @has_payouts
    @has_room
    @rule(
        pick=_PICKS,
        behaviours=_WITHOUT_EFFECT,
        step=st.sampled_from(["", "deactivate", "retry"]),
    )
    def process_while_order_is_in_transit(
        self, pick: int, behaviours: list[Behaviour], step: str
    ) -> None:
        """What the bank says while the order is in transit proves nothing.

        This order of steps is a rule because hypothesis seldom generates it from the others.
        """
        payout = self._payout(pick, _is_new_and_due)
        self.scenario.finish(self.scenario.start_processing(payout), Behaviour.ACCEPTS_LATE)
        if step == "deactivate":
            self.scenario.set_active(payout.terms[0], False)
        if step == "retry":
            self.scenario.finish(self.scenario.start_resolution(payout, Resolution.RETRY))
        for behaviour in behaviours:
            self.scenario.let_time_pass(payout)
            self.scenario.finish(self.scenario.start_processing(payout), behaviour)

    @has_payouts
    @has_room
    @rule(pick=_PICKS)
    def take_over_and_give_back(self, pick: int) -> None:
        payout = self._payout(pick, _is_new_and_due)
        self.scenario.finish(self.scenario.start_status_change(payout, PayoutStatus.PROCESSING))
        self.scenario.finish(self.scenario.start_resolution(payout, Resolution.RETRY))

    @has_payouts
    @has_room
    @rule(pick=_PICKS, statuses=_STATUSES, at_once=st.booleans())
    def change_status(self, pick: int, statuses: list[PayoutStatus], at_once: bool) -> None:
        """Make one change, or two concurrent changes by different people."""
        payout = self._payout(pick, _is_unfinished)
        calls = [self.scenario.start_status_change(payout, status) for status in statuses]
        for call in calls if at_once else []:
            self.scenario.finish(call)

    @has_payouts
    @has_room
    @rule(pick=_PICKS, at_once=st.booleans())
    def delete(self, pick: int, at_once: bool) -> None:
        call = self.scenario.start_deletion(self._payout(pick, _can_be_deleted))
        if at_once:
            self.scenario.finish(call)

    @has_payouts
    @has_room
    @rule(pick=_PICKS, resolution=_RESOLUTIONS, at_once=st.booleans())
    def resolve(self, pick: int, resolution: Resolution, at_once: bool) -> None:
        payout = self._payout(pick, _waits_for_a_person)
        call = self.scenario.start_resolution(payout, resolution)
        if at_once:
            self.scenario.finish(call)

    @precondition(lambda self: self.scenario.bank.states)
    @has_room
    @rule(pick=_PICKS, age=st.integers(0, 1), at_once=st.booleans())
    def handle_callback(self, pick: int, age: int, at_once: bool) -> None:
        """The callback reports a present or an earlier state, and may be late or repeated."""
        transfers = list(self.scenario.bank.states.values())
        states = transfers[pick % len(transfers)]
        call = self.scenario.start_callback(states[age % len(states)])
        if at_once:
            self.scenario.finish(call)

    @has_calls
    @rule(pick=_PICKS, behaviour=_BEHAVIOURS)
    def resume(self, pick: int, behaviour: Behaviour) -> None:
        self.scenario.resume(self._call(pick), behaviour)

    @has_calls
    @rule(pick=_PICKS, behaviour=_BEHAVIOURS)
    def finish(self, pick: int, behaviour: Behaviour) -> None:
        self.scenario.finish(self._call(pick), behaviour)

    @has_calls
    @rule(pick=_PICKS)
    def kill(self, pick: int) -> None:
        self.scenario.kill(self._call(pick))

    @has_payouts
    @rule(pick=_PICKS)
    def let_time_pass(self, pick: int) -> None:
        self.scenario.let_time_pass(self._payout(pick, _waits))

    @precondition(lambda self: self.scenario.bank.unfinished)
    @rule(pick=_PICKS, rejects=st.booleans())
    def let_bank_finish(self, pick: int, rejects: bool) -> None:
        unfinished = self.scenario.bank.unfinished
        self.scenario.bank.finish(unfinished[pick % len(unfinished)], rejects=rejects)

    @rule(recipient=_RECIPIENTS, is_active=st.booleans())
    def set_active(self, recipient: int, is_active: bool) -> None:
        self.scenario.set_active(self.scenario.recipient_ids[recipient], is_active)

    @rule()
    def requeue_overdue(self) -> None:
        self.scenario.requeue_overdue()

    @precondition(lambda self: self.steps > _STEPS_BEFORE_REST)
    @rule(survive=st.booleans())
    def process_until_all_rest(self, survive: bool) -> None:
        for call in list(self.scenario.calls):
            if survive:
                self.scenario.finish(call, Behaviour.SETTLES)
            else:
                self.scenario.kill(call)
        for _ in range(_ROUNDS_UNTIL_REST):
            self.scenario.process_all()
        for payout in self.scenario.payouts:
            assert payout.is_at_rest, payout
            if not payout.is_manual and not payout.needs_review:
                assert self.scenario.is_settled(payout) is (payout.status == "COMPLETED"), payout

    @invariant()
    def database_is_in_the_expected_state(self) -> None:
        payouts = sorted(self.scenario.payouts, key=lambda payout: payout.payout_id)
        assert read_rows(self.scenario.state.payouts) == [
            (
                *each.immutable_fields,
                each.status,
                each.attempt,
                each.is_leased,
                each.is_deleted,
                each.needs_review,
                each.deferral,
            )
            for each in payouts
        ]
        histories = read_histories(payout.payout_id for payout in payouts)
        for payout in payouts:
            changes, late = histories[payout.payout_id]
            assert changes == payout.history
            assert all(event[1:3] == ("", "") for event in late)

    @invariant()
    def ledger_agrees(self) -> None:
        payments = self.scenario.bank.payments()
        assert set(payments) <= set(self.scenario.state.payouts)
        assert set(payments.values()) <= {1}, "money moves once"
        for payout in self.scenario.payouts:
            if not payout.is_manual and payout.status != "PROCESSING":
                is_paid, is_settled = payments[payout.key] == 1, self.scenario.is_settled(payout)
                assert is_paid is is_settled is (payout.status == "COMPLETED"), payout
                assert payout.reference not in self.scenario.bank.in_transit, (
                    "no money moves after the end"
                )
        for order in self.scenario.bank.ledger:
            payout = self.scenario.state.payouts[order.idempotency_key.value]
            assert (order.terms.recipient_id, order.terms.money.text) == payout.terms

    @invariant()
    def every_request_to_the_bank_belongs_to_a_counted_attempt(self) -> None:
        """An attempt sends at most once; each but the first makes at most one look-up."""
        requests = self.scenario.bank.requests
        for payout in self.scenario.payouts:
            assert requests[payout.reference, "send"] <= payout.attempt
            assert requests[payout.reference, "look up"] <= max(payout.attempt - 1, 0)

    @invariant()
    def version_and_updated_at_change_with_visible_changes_only(self) -> None:
        state = self.scenario.state
        version_before = DatabaseReads().version() - state.visible_changes
        assert self.version_before in {None, version_before}
        self.version_before = version_before
        updated_at = read_updated_at(state.payouts)
        for payout in self.scenario.payouts:
            now = payout.visible_changes, updated_at[payout.payout_id]
            before = self.seen.get(payout.payout_id, now)
            assert (now[0] == before[0]) is (now[1] == before[1]), payout
            self.seen[payout.payout_id] = now
        self.steps += 1

    @invariant()
    def review_needs_many_attempts(self) -> None:
        in_review = self._payouts(lambda payout: payout.needs_review)
        assert all(payout.attempt > MAX_OPEN_ATTEMPTS for payout in in_review)

    def _call(self, pick: int) -> PausableCall:
        return self.scenario.calls[pick % len(self.scenario.calls)]

    def _payouts(self, is_wanted: Callable[[ExpectedPayout], bool]) -> list[ExpectedPayout]:
        return [payout for payout in self.scenario.payouts if is_wanted(payout)]

    def _payout(self, pick: int, is_wanted: Callable[[ExpectedPayout], bool]) -> ExpectedPayout:
        """Prefer a payout that the rule is meant for; sometimes pick any, which must not harm."""
        payouts = (pick % 4 and self._payouts(is_wanted)) or self.scenario.payouts
        return payouts[pick % len(payouts)]


def _is_unfinished(payout: ExpectedPayout) -> bool:
    return not payout.is_at_rest


def _can_be_claimed(payout: ExpectedPayout) -> bool:
    return payout.can_be_claimed


def _waits_for_a_person(payout: ExpectedPayout) -> bool:
    return payout.status == "PROCESSING" and (payout.needs_review or payout.is_manual)


def _is_new_and_due(payout: ExpectedPayout) -> bool:
    return payout.status == "NEW" and payout.can_be_claimed


def _can_be_deleted(payout: ExpectedPayout) -> bool:
    return payout.status != "PROCESSING" and not payout.is_deleted


def _waits(payout: ExpectedPayout) -> bool:
    return payout.is_leased or payout.claimable is Due.LATER


@pytest.fixture(autouse=True)
def _without_log(caplog: pytest.LogCaptureFixture) -> None:
    """Hide the log of a failure: it is too long to read."""
    caplog.set_level("ERROR")


def search(**options: Any) -> settings:
    return settings(
        deadline=None, database=None, suppress_health_check=list(HealthCheck), **options
    )


@pytest.mark.usefixtures("unattended_database")
class TestPayoutModel:
    def test_agrees_in_a_few_fixed_orders(self) -> None:
        options = search(
            max_examples=120,
            stateful_step_count=40,
            derandomize=True,
            # To shrink a failing example takes minutes. The slow test does it.
            phases=[Phase.generate],
        )
        run_state_machine_as_test(PayoutMachine, settings=options)

    @pytest.mark.slow
    def test_agrees_in_many_orders(self) -> None:
        options = search(max_examples=400, stateful_step_count=80)
        run_state_machine_as_test(PayoutMachine, settings=options)
