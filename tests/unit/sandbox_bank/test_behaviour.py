import re
from pathlib import Path

import pytest

import sandbox_bank
from sandbox_bank.behaviour import BEHAVIOURS, REASON_CODES, Accept, choose_behaviour, find_ending
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
        at_once, later = (choose_behaviour(f"0{start}{reason}")(1) for start in ("", "PEND"))

        assert isinstance(at_once, Accept)
        assert isinstance(later, Accept)
        for plan in (at_once, later):
            assert plan.settlement.outcome is TransferStatus.REJECTED
            assert plan.settlement.reason == reason
        assert at_once.settlement.after_seconds == 0 < later.settlement.after_seconds

    @pytest.mark.parametrize("ending", ["", "LOST", "BUSY", "FLAKY"])
    def test_answers_in_the_end(self, ending: str) -> None:
        assert choose_behaviour(f"0000{ending}")(3) == Accept()


class TestReadme:
    def test_describes_each_behaviour(self) -> None:
        described = set(re.findall(r"^\| `([A-Z0-9]+)`", README.read_text(), re.MULTILINE))
        by_pattern = {f"PEND{reason}" for reason in REASON_CODES} - {"PENDAC04"}

        assert described == set(BEHAVIOURS) - by_pattern
