"""Money moves once whatever breaks; and a service where it does not is found out."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from chaos.catalogue import CONTROLS
from chaos.faults import FAULTS

LIMIT_SECONDS = 240
# One of them is tried each time, so that the harness is not blind without anybody's noticing.
QUICKEST = "timeout-is-failure"


def slow(name: str) -> Any:
    return pytest.param(name, marks=pytest.mark.slow)


def run_chaos(report: Path, *options: str) -> tuple[int, dict[str, Any], str]:
    """Return its exit code, its report and its screen."""
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
    def test_finds_nothing_wrong_with_the_service(self, tmp_path: Path) -> None:
        code, report, screen = run_chaos(
            tmp_path / "report.json", "--payouts", "400", "--seed", "7"
        )

        assert (code, report["violations"]) == (0, []), screen
        assert report["payouts"] == 400
        struck = {cause["name"] for cause in report["causes"]}
        assert set(FAULTS) <= struck

    @pytest.mark.parametrize(
        "name", [QUICKEST, *(slow(name) for name in CONTROLS if name != QUICKEST)]
    )
    def test_finds_what_is_wrong_with_another(self, tmp_path: Path, name: str) -> None:
        code, report, screen = run_chaos(tmp_path / "report.json", "--control", name, "--seed", "7")

        broken = {violation["invariant"] for violation in report["violations"]}
        assert code == 1, screen
        assert CONTROLS[name].breaks in broken, screen
