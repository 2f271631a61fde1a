import subprocess
import sys
from pathlib import Path

import pytest

from local.errors import LocalError
from local.processes.locks import FileLock, exclusive

HOLDER = """
import pathlib, sys, time
from local.processes.locks import FileLock
lock = FileLock(pathlib.Path(sys.argv[1]))
print(lock.try_exclusive(), flush=True)
time.sleep(60)
"""


class TestExclusive:
    def test_waits_no_longer_than_its_limit(self, tmp_path: Path) -> None:
        with FileLock(tmp_path / "lock") as held:
            assert held.try_exclusive()

            with (
                pytest.raises(LocalError, match="another process has held"),
                exclusive(tmp_path / "lock", limit_seconds=0.1),
            ):
                pass

    def test_is_free_again_after_the_block(self, tmp_path: Path) -> None:
        for _ in range(2):
            with exclusive(tmp_path / "lock", limit_seconds=0):
                pass

    def test_is_free_again_when_its_holder_was_killed(self, tmp_path: Path) -> None:
        holding = [sys.executable, "-c", HOLDER, str(tmp_path / "lock")]
        with FileLock(tmp_path / "lock") as lock:
            with subprocess.Popen(holding, stdout=subprocess.PIPE) as holder:
                assert holder.stdout is not None
                assert holder.stdout.readline() == b"True\n"
                assert not lock.try_exclusive()
                holder.kill()

            assert lock.try_exclusive()


class TestFileLock:
    def test_is_shared_by_many_but_exclusive_to_one(self, tmp_path: Path) -> None:
        with FileLock(tmp_path / "lock") as first:
            with FileLock(tmp_path / "lock") as second:
                assert first.try_shared()
                assert second.try_shared()
                assert not first.try_exclusive()

            assert first.try_exclusive()

    def test_notices_that_its_file_was_replaced(self, tmp_path: Path) -> None:
        with FileLock(tmp_path / "lock") as lock:
            assert lock.is_in_place()

            (tmp_path / "lock").unlink()
            assert not lock.is_in_place()
            (tmp_path / "lock").touch()
            assert not lock.is_in_place()
