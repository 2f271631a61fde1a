import re
from pathlib import Path

import pytest

import sandbox_bank
from sandbox_bank import delivery
from sandbox_bank.behaviour import (
    BEHAVIOURS,
    LATE_SECONDS,
    REASON_CODES,
    Accept,
    Decline,
    choose_behaviour,
    find_ending,
)
from sandbox_bank.transfer import TransferStatus

README = Path(sandbox_bank.__file__).with_name("README.md")


class TestFindEnding:
    @pytest.mark.parametrize(
        ("account", "ending"),
        [
            ("0000AC04", "AC04"),
            ("0000PENDAC04", "PENDAC04"),
            ("0000PEND", "PEND"),
            ("AC04", "AC04"),
            ("AC040000", ""),
            ("0000ac04", ""),
            ("0000AC99", ""),
            ("DE89370400440532013000", ""),
        ],
    )
    def test_takes_the_longest_that_fits(self, account: str, ending: str) -> None:
        assert find_ending(account) == ending


class TestChooseBehaviour:
    @pytest.mark.parametrize("reason", REASON_CODES)
    def test_refuses_with_each_reason_at_once_and_later(self, reason: str) -> None:
        at_once, later = (choose_behaviour(f"0{start}{reason}").plan(1) for start in ("", "PEND"))

        assert isinstance(at_once, Accept)
        assert isinstance(later, Accept)
        for plan in (at_once, later):
            assert plan.settlement.outcome is TransferStatus.REJECTED
            assert plan.settlement.reason == reason
        assert at_once.settlement.after_seconds == 0 < later.settlement.after_seconds

    @pytest.mark.parametrize(
        "ending", ["", "LATE", "LOST", "BUSY", "DOWN", "REDIRECT", "LOCKED", "FLAKY"]
    )
    def test_answers_in_the_end(self, ending: str) -> None:
        assert choose_behaviour(f"0000{ending}").plan(3) == Accept()

    @pytest.mark.parametrize(
        ("ending", "statuses"),
        [
            ("BUSY", [429]),
            ("DOWN", [503]),
            ("REDIRECT", [307]),
            ("LOCKED", [401, 401]),
            ("FLAKY", [503]),
        ],
    )
    def test_accepts_nothing_at_first(self, ending: str, statuses: list[int]) -> None:
        behaviour = choose_behaviour(f"0000{ending}")

        plans = [behaviour.plan(tries) for tries in range(1, 5)]

        declined = [plan.http_status for plan in plans if isinstance(plan, Decline)]
        assert declined == statuses
        assert all(isinstance(plan, Accept) for plan in plans[len(statuses) :])

    def test_refuses_for_good_when_refused(self) -> None:
        plans = [choose_behaviour("0000REFUSED").plan(tries) for tries in (1, 2, 100)]

        assert all(isinstance(plan, Decline) and plan.http_status == 422 for plan in plans)
        assert {plan.reason for plan in plans if isinstance(plan, Decline)} == {"AC01"}

    def test_says_when_to_come_again_only_where_nothing_was_accepted_for_sure(self) -> None:
        promising = {
            ending
            for ending, behaviour in BEHAVIOURS.items()
            if isinstance(plan := behaviour.plan(1), Decline) and "Retry-After" in plan.headers
        }

        assert promising == {"BUSY", "FLAKY"}

    def test_takes_an_order_late_the_first_time_only(self) -> None:
        behaviour = choose_behaviour("0000LATE")

        assert behaviour.plan(1) == Accept(taken_after_seconds=LATE_SECONDS)
        assert behaviour.plan(2) == Accept()

    def test_tells_the_truth_to_each_look_up_but_one(self) -> None:
        lying = {
            ending
            for ending, behaviour in BEHAVIOURS.items()
            if behaviour.look_up is not delivery.honestly
        }

        assert lying == {"DEAF"}


class TestReadme:
    def test_describes_each_behaviour(self) -> None:
        described = set(re.findall(r"^\| `([A-Z0-9]+)`", README.read_text(), re.MULTILINE))
        by_pattern = {f"PEND{reason}" for reason in REASON_CODES} - {"PENDAC04"}

        assert described == set(BEHAVIOURS) - by_pattern
