import stat
from pathlib import Path

import pytest

from local import accounts
from local.accounts import own_account


def program(path: Path, script: str) -> Path:
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


class TestAccount:
    @pytest.mark.parametrize(("script", "expected"), [("exit 0", True), ("exit 1", False)])
    def test_can_run_a_program_that_answers(
        self, tmp_path: Path, script: str, expected: bool
    ) -> None:
        assert own_account().can_run(program(tmp_path / "program", script)) is expected

    def test_cannot_run_a_program_that_does_not_end(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(accounts, "TRIAL_SECONDS", 0.1)

        assert not own_account().can_run(program(tmp_path / "program", "exec sleep 60"))

    def test_cannot_run_a_missing_program(self, tmp_path: Path) -> None:
        assert not own_account().can_run(tmp_path / "program")
