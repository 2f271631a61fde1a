"""The use cases on PostgreSQL, in every order that hypothesis thinks of, against a plain model.

Each use case is a call that stands still before it writes, and before and after the bank acts;
meanwhile others go on, overtake it, or it is killed. What a change does is written down in a book
(tests/payout_model/); after each step the database must say the same, and the bank's ledger must
agree with it.
"""

from collections.abc import Callable
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
from payouts.domain.by_hand import Resolution
from tests.payout_model.bank import Mood
from tests.payout_model.book import Page, Time
from tests.payout_model.calls import Call
from tests.payout_model.rows import read_histories, read_rows
from tests.payout_model.world import MAX_OPEN_ATTEMPTS, World

from payouts.adapters.database.reads import DatabaseReads
from payouts.domain.status import PayoutStatus

_MAX_CALLS = 4
_MAX_OPEN_PAYOUTS = 2
_STEPS_BEFORE_REST = 25
# More than are needed until everything that ends by itself has ended.
_ROUNDS_OF_REST = 10
_PICKS = st.integers(0, 11)
_NAMES = st.sampled_from(["one", "another"])
# What leaves most doubt comes most often.
_MOODS = st.sampled_from([*Mood, *[Mood.IS_LATE, Mood.REFUSES] * 2])
_DOUBTS = st.lists(
    st.sampled_from([Mood.IS_BUSY, Mood.LOCKS_OUT, Mood.HEARS_NOTHING, *[Mood.REFUSES] * 3]),
    min_size=1,
    max_size=3,
)
_CHANGES = st.lists(st.sampled_from(PayoutStatus), min_size=1, max_size=2)
_WHO = st.sampled_from([0, 0, 0, 1])
_AMOUNTS = st.sampled_from(["10.00", "10.00", "10.00", "20.00"])
_RESOLUTIONS = st.sampled_from([*Resolution, Resolution.RETRY])

has_payouts = precondition(lambda machine: machine.world.pages)
has_calls = precondition(lambda machine: machine.world.calls)
has_room = precondition(lambda machine: len(machine.world.calls) < _MAX_CALLS)


class PayoutMachine(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.world = World()
        self.version = DatabaseReads().version()
        self.steps = 0

    def teardown(self) -> None:
        for call in list(self.world.calls):
            self.world.kill(call)

    @initialize()
    def accept_the_first(self) -> None:
        self.accept()

    @precondition(lambda self: len(self._pages(_is_open)) < _MAX_OPEN_PAYOUTS)
    @rule()
    def accept(self) -> None:
        self.world.set_active(self.world.recipient_ids[0], True)
        call = self.world.start_creating(f"new-{self.steps}", who=0, amount="10.00")
        self.world.finish(call, Mood.SETTLES)

    @has_room
    @rule(name=_NAMES, who=_WHO, amount=_AMOUNTS)
    def ask_to_pay(self, name: str, who: int, amount: str) -> None:
        self.world.start_creating(name, who=who, amount=amount)

    @has_payouts
    @has_room
    @rule(pick=_PICKS, who=_WHO, amount=_AMOUNTS)
    def ask_again(self, pick: int, who: int, amount: str) -> None:
        page = self._page(pick, lambda page: page.is_deleted)
        self.world.start_creating(page.name, who=who, amount=amount)

    @has_payouts
    @has_room
    @rule(pick=_PICKS)
    def let_a_worker_come(self, pick: int) -> None:
        self.world.start_processing(self._page(pick, _may_be_claimed))

    @has_payouts
    @has_room
    @rule(pick=_PICKS)
    def let_a_worker_come_and_stall(self, pick: int) -> None:
        page = self._page(pick, _may_be_claimed)
        self.world.start_processing(page)
        self.world.let_time_pass(page)

    @has_payouts
    @has_room
    @rule(pick=_PICKS, attempts=st.lists(st.tuples(_MOODS, _MOODS), min_size=1, max_size=4))
    def let_workers_come_and_go(self, pick: int, attempts: list[tuple[Mood, Mood]]) -> None:
        """Each asks the bank once or twice, and none is disturbed."""
        page = self._page(pick, _may_be_claimed)
        for moods in takewhile(lambda _: not page.is_left_alone, attempts):
            self.world.finish(self.world.start_processing(page), *moods)
            self.world.let_time_pass(page)

    @has_payouts
    @has_room
    @rule(pick=_PICKS, moods=_DOUBTS, step=st.sampled_from(["", "deactivate", "retry"]))
    def let_an_order_be_under_way(self, pick: int, moods: list[Mood], step: str) -> None:
        """What the bank says meanwhile does not count; seldom does chance bring that."""
        page = self._page(pick, _is_fresh)
        self.world.finish(self.world.start_processing(page), Mood.IS_LATE)
        if step == "deactivate":
            self.world.set_active(page.content[0], False)
        if step == "retry":
            self.world.finish(self.world.start_resolving(page, Resolution.RETRY))
        for mood in moods:
            self.world.let_time_pass(page)
            self.world.finish(self.world.start_processing(page), mood)

    @has_payouts
    @has_room
    @rule(pick=_PICKS)
    def let_staff_hold_and_give_back(self, pick: int) -> None:
        page = self._page(pick, _is_fresh)
        self.world.finish(self.world.start_changing(page, PayoutStatus.PROCESSING))
        self.world.finish(self.world.start_resolving(page, Resolution.RETRY))

    @has_payouts
    @has_room
    @rule(pick=_PICKS, statuses=_CHANGES, at_once=st.booleans())
    def let_staff_change(self, pick: int, statuses: list[PayoutStatus], at_once: bool) -> None:
        """One, or two who do not know of each other."""
        page = self._page(pick, _is_open)
        calls = [self.world.start_changing(page, status) for status in statuses]
        for call in calls if at_once else []:
            self.world.finish(call)

    @has_payouts
    @has_room
    @rule(pick=_PICKS, at_once=st.booleans())
    def let_staff_delete(self, pick: int, at_once: bool) -> None:
        call = self.world.start_deleting(self._page(pick, _may_be_deleted))
        if at_once:
            self.world.finish(call)

    @has_payouts
    @has_room
    @rule(pick=_PICKS, resolution=_RESOLUTIONS, at_once=st.booleans())
    def let_staff_resolve(self, pick: int, resolution: Resolution, at_once: bool) -> None:
        page = self._page(pick, _waits_for_a_person)
        call = self.world.start_resolving(page, resolution)
        if at_once:
            self.world.finish(call)

    @precondition(lambda self: self.world.bank.told)
    @has_room
    @rule(pick=_PICKS, news=st.integers(0, 1), at_once=st.booleans())
    def let_the_bank_call_back(self, pick: int, news: int, at_once: bool) -> None:
        """It tells what is true or was true before; late, or again, or both."""
        told = list(self.world.bank.told.values())
        states = told[pick % len(told)]
        call = self.world.start_hearing(states[news % len(states)])
        if at_once:
            self.world.finish(call)

    @has_calls
    @rule(pick=_PICKS, mood=_MOODS)
    def go_on(self, pick: int, mood: Mood) -> None:
        self.world.go_on(self._call(pick), mood)

    @has_calls
    @rule(pick=_PICKS, mood=st.none() | _MOODS)
    def go_on_to_the_end(self, pick: int, mood: Mood | None) -> None:
        if mood:
            self.world.finish(self._call(pick), mood)
        else:
            self.world.kill(self._call(pick))

    @has_payouts
    @rule(pick=_PICKS)
    def let_time_pass(self, pick: int) -> None:
        self.world.let_time_pass(self._page(pick, _waits))

    @precondition(lambda self: self.world.bank.unfinished)
    @rule(pick=_PICKS, rejects=st.booleans())
    def let_the_bank_move_on(self, pick: int, rejects: bool) -> None:
        unfinished = self.world.bank.unfinished
        self.world.bank.move_on(unfinished[pick % len(unfinished)], rejects=rejects)

    @rule(who=_WHO, is_active=st.booleans())
    def change_a_recipient(self, who: int, is_active: bool) -> None:
        self.world.set_active(self.world.recipient_ids[who], is_active)

    @rule()
    def sweep(self) -> None:
        self.world.sweep()

    @precondition(lambda self: self.steps > _STEPS_BEFORE_REST)
    @rule(survive=st.booleans())
    def let_all_come_to_rest(self, survive: bool) -> None:
        for call in list(self.world.calls):
            if survive:
                self.world.finish(call, Mood.SETTLES)
            else:
                self.world.kill(call)
        for _ in range(_ROUNDS_OF_REST):
            self.world.let_all_go_on()
        for page in self.world.pages:
            assert page.is_left_alone, page
            if not page.is_by_hand and not page.needs_review:
                assert self.world.is_settled(page) is (page.status == "COMPLETED"), page

    @invariant()
    def database_says_what_the_book_says(self) -> None:
        pages = sorted(self.world.pages, key=lambda page: page.payout_id)
        assert read_rows(self.world.book.pages) == [
            (*p.agreed, p.status, p.attempt, p.is_leased, p.is_deleted, p.needs_review)
            for p in pages
        ]
        histories = read_histories(page.payout_id for page in pages)
        for page in pages:
            changes, late = histories[page.payout_id]
            assert changes == page.history
            assert all(line[1:3] == ("", "") for line in late)

    @invariant()
    def ledger_agrees(self) -> None:
        payments = self.world.bank.payments()
        assert set(payments) <= set(self.world.book.pages)
        assert set(payments.values()) <= {1}, "money moves once"
        for page in self.world.pages:
            if not page.is_by_hand and page.status != "PROCESSING":
                is_paid = payments[page.key] == 1
                assert is_paid is self.world.is_settled(page) is (page.status == "COMPLETED"), page
                assert page.reference not in self.world.bank.under_way, (
                    "nothing moves after the end"
                )
        for order in self.world.bank.ledger:
            page = self.world.book.pages[order.idempotency_key.value]
            assert (order.recipient.recipient_id, order.terms.money.text) == page.content

    @invariant()
    def list_has_a_new_version_after_each_change(self) -> None:
        version = DatabaseReads().version()
        assert version >= self.version + self.world.book.changes
        self.version, self.world.book.changes = version, 0
        self.steps += 1

    @invariant()
    def people_are_asked_only_after_many_attempts(self) -> None:
        assert all(p.attempt > MAX_OPEN_ATTEMPTS for p in self.world.pages if p.needs_review)

    def _call(self, pick: int) -> Call:
        return self.world.calls[pick % len(self.world.calls)]

    def _pages(self, suits: Callable[[Page], bool]) -> list[Page]:
        return [page for page in self.world.pages if suits(page)]

    def _page(self, pick: int, suits: Callable[[Page], bool]) -> Page:
        """One that suits, mostly; any other must stand it too."""
        pages = (pick % 4 and self._pages(suits)) or self.world.pages
        return pages[pick % len(pages)]


def _is_open(page: Page) -> bool:
    return not page.is_left_alone


def _may_be_claimed(page: Page) -> bool:
    return page.may_be_claimed


def _waits_for_a_person(page: Page) -> bool:
    return page.status == "PROCESSING" and (page.needs_review or page.is_by_hand)


def _is_fresh(page: Page) -> bool:
    return page.status == "NEW" and page.may_be_claimed


def _may_be_deleted(page: Page) -> bool:
    return page.status != "PROCESSING" and not page.is_deleted


def _waits(page: Page) -> bool:
    return page.is_leased or page.due is Time.LATER


@pytest.fixture(autouse=True)
def _without_log(caplog: pytest.LogCaptureFixture) -> None:
    """What has been logged on the way to a failure is longer than anybody reads."""
    caplog.set_level("ERROR")


def search(**options: Any) -> settings:
    return settings(
        deadline=None, database=None, suppress_health_check=list(HealthCheck), **options
    )


@pytest.mark.usefixtures("unattended_database")
class TestPayoutModel:
    def test_is_kept_in_a_few_orders_that_are_always_the_same(self) -> None:
        options = search(
            max_examples=120,
            stateful_step_count=40,
            derandomize=True,
            # To make a failure short takes minutes, which the slow test has.
            phases=[Phase.generate],
        )
        run_state_machine_as_test(PayoutMachine, settings=options)

    @pytest.mark.slow
    def test_is_kept_in_many_orders(self) -> None:
        options = search(max_examples=400, stateful_step_count=80)
        run_state_machine_as_test(PayoutMachine, settings=options)
