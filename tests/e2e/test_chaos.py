"""The chaos run finds no violation in the service, and finds those of faulty services."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from chaos.controls import CONTROLS
from chaos.faults.catalogue import FAULTS

LIMIT_SECONDS = 480
# `make test` runs this control, to notice at once when the harness detects nothing any more.
QUICKEST = "timeout-is-failure"


def slow(name: str) -> Any:
    return pytest.param(name, marks=pytest.mark.slow)


def run_chaos(report: Path, *options: str) -> tuple[int, dict[str, Any], str]:
    """Return its exit code, its report and its output."""
    ended = subprocess.run(
        [sys.executable, "-m", "chaos", *options, "--json", str(report)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=LIMIT_SECONDS,
        check=False,
    )
    assert report.exists(), ended.stdout
    return ended.returncode, json.loads(report.read_text()), ended.stdout


class TestChaos:
    def test_finds_no_violation_in_the_service(self, tmp_path: Path) -> None:
        code, report, output = run_chaos(
            tmp_path / "report.json", "--payouts", "400", "--seed", "7"
        )

        assert (code, report["violations"], report["untested_faults"]) == (0, [], []), output
        assert report["payouts"] == 400
        assert {fault["name"] for fault in report["faults"]} == set(FAULTS)

    @pytest.mark.parametrize(
        "name", [QUICKEST, *(slow(name) for name in CONTROLS if name != QUICKEST)]
    )
    def test_finds_the_violation_of_a_faulty_service(self, tmp_path: Path, name: str) -> None:
        code, report, output = run_chaos(tmp_path / "report.json", "--control", name, "--seed", "7")

        broken = {violation["invariant"] for violation in report["violations"]}
        assert code == 1, output
        assert CONTROLS[name].breaks in broken, output
