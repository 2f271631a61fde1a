import subprocess
import sys
from pathlib import Path

import pytest

from devstack.errors import DevstackError
from devstack.locks import FileLock, exclusive

HOLDER = """
import pathlib, sys, time
from devstack.locks import FileLock
print(FileLock(pathlib.Path(sys.argv[1])).try_exclusive(), flush=True)
time.sleep(60)
"""


class TestExclusive:
    def test_waits_no_longer_than_its_limit(self, tmp_path: Path) -> None:
        held = FileLock(tmp_path / "lock")
        assert held.try_exclusive()

        with (
            pytest.raises(DevstackError, match="another process has held"),
            exclusive(tmp_path / "lock", limit_seconds=0.1),
        ):
            pass
        held.close()

    def test_is_free_again_after_the_block(self, tmp_path: Path) -> None:
        for _ in range(2):
            with exclusive(tmp_path / "lock", limit_seconds=0):
                pass

    def test_is_free_again_when_its_holder_was_killed(self, tmp_path: Path) -> None:
        with subprocess.Popen(
            [sys.executable, "-c", HOLDER, str(tmp_path / "lock")], stdout=subprocess.PIPE
        ) as holder:
            assert holder.stdout is not None
            assert holder.stdout.readline() == b"True\n"
            lock = FileLock(tmp_path / "lock")
            assert not lock.try_exclusive()
            holder.kill()

        assert lock.try_exclusive()
        lock.close()


class TestFileLock:
    def test_lets_sharers_in_together_but_nobody_alone(self, tmp_path: Path) -> None:
        locks = [FileLock(tmp_path / "lock") for _ in range(2)]

        assert all(lock.try_shared() for lock in locks)
        assert not locks[0].try_exclusive()

        locks[1].close()
        assert locks[0].try_exclusive()
        locks[0].close()

    def test_notices_that_its_file_was_replaced(self, tmp_path: Path) -> None:
        lock = FileLock(tmp_path / "lock")
        assert lock.is_in_place()

        (tmp_path / "lock").unlink()
        assert not lock.is_in_place()
        (tmp_path / "lock").touch()
        assert not lock.is_in_place()
        lock.close()
