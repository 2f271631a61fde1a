import re
from dataclasses import replace
from pathlib import Path

import pytest

import sandbox_bank
from sandbox_bank import responses
from sandbox_bank.behaviour import (
    BEHAVIOURS,
    LATE_SECONDS,
    PENDING_SECONDS,
    REASON_CODES,
    Accept,
    Decline,
    choose_look_up_response,
    choose_step,
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
    def test_prefers_the_longest_match(self, account: str, ending: str) -> None:
        assert find_ending(account) == ending


class TestChooseStep:
    @pytest.mark.parametrize("reason", REASON_CODES)
    def test_rejects_with_each_reason_at_once_and_later(self, reason: str) -> None:
        at_once, later = (choose_step(f"0{start}{reason}", 1) for start in ("", "PEND"))

        assert at_once == Accept(final_status=TransferStatus.REJECTED, final_reason=reason)
        assert later == replace(at_once, pending_seconds=PENDING_SECONDS)

    @pytest.mark.parametrize(
        "ending", ["", "LATE", "LOST", "BUSY", "DOWN", "REDIRECT", "LOCKED", "FLAKY"]
    )
    def test_accepts_and_reports_truthfully_in_the_end(self, ending: str) -> None:
        steps = [choose_step(f"0000{ending}", count) for count in (3, 4, 100)]

        assert steps == [Accept()] * 3

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
        steps = [choose_step(f"0000{ending}", count) for count in range(1, 5)]

        assert [step.http_status for step in steps if isinstance(step, Decline)] == statuses
        assert all(isinstance(step, Accept) for step in steps[len(statuses) :])

    def test_declines_every_time_when_refused(self) -> None:
        for count in (1, 2, 100):
            step = choose_step("0000REFUSED", count)
            assert isinstance(step, Decline)
            assert (step.http_status, step.reason) == (422, "AC01")

    def test_sends_retry_after_only_where_that_promises_that_nothing_was_accepted(self) -> None:
        promising = {
            ending
            for ending, steps in BEHAVIOURS.items()
            for step in steps
            if isinstance(step, Decline) and "Retry-After" in (step.headers or {})
        }

        assert promising == {"BUSY", "FLAKY"}

    def test_records_late_the_first_time_only(self) -> None:
        assert choose_step("0000LATE", 1) == Accept(seconds_before_recording=LATE_SECONDS)
        assert choose_step("0000LATE", 2) == Accept()


class TestChooseLookUpResponse:
    def test_reports_truthfully_at_each_look_up_but_one(self) -> None:
        untrue = {
            ending
            for ending in BEHAVIOURS
            if choose_look_up_response(f"0000{ending}") is not responses.send_truth
        }

        assert untrue == {"DEAF"}


class TestReadme:
    def test_describes_each_behaviour(self) -> None:
        described = set(re.findall(r"^\| `([A-Z0-9]+)`", README.read_text(), re.MULTILINE))
        by_pattern = {f"PEND{reason}" for reason in REASON_CODES} - {"PENDAC04"}

        assert described == set(BEHAVIOURS) - by_pattern
