import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from tests.running import eventually

from devstack.leftovers import ProcessRecord, RunRecord, kill_leftovers, own_record
from devstack.liveness import is_alive

MARKER = ("PAYOUTS_HOME", "/somewhere")
SLEEP = "import time; time.sleep(60)"
# Prints the pid of its child, which is in the same group.
LEADER = (
    "import subprocess, sys, time\n"
    f"print(subprocess.Popen([sys.executable, '-c', {SLEEP!r}]).pid, flush=True)\n"
    "time.sleep(60)"
)


class Group:
    """A process and its child, in a group of their own."""

    def __init__(self, environment: dict[str, str]) -> None:
        self._leader = subprocess.Popen(
            [sys.executable, "-c", LEADER],
            env=os.environ | environment,
            stdout=subprocess.PIPE,
            start_new_session=True,
        )
        assert self._leader.stdout is not None
        self.leader = psutil.Process(self._leader.pid)
        self.member = psutil.Process(int(self._leader.stdout.readline()))
        # A program that has only just been loaded shows no environment yet.
        eventually(self.member.environ)
        self.record = ProcessRecord("leader", self.leader.pid, self.leader.create_time())

    def kill_leader(self) -> None:
        self._leader.kill()
        self._leader.wait()

    def end(self) -> None:
        if is_alive(self.member):
            self.member.kill()
        self._leader.kill()
        self._leader.communicate()


@pytest.fixture
def group() -> Iterator[Group]:
    group = Group(dict([MARKER]))
    yield group
    group.end()


@pytest.fixture
def strangers() -> Iterator[Group]:
    group = Group({MARKER[0]: "/elsewhere"})
    yield group
    group.end()


class TestKillLeftovers:
    def test_ends_the_whole_group_of_a_leader(self, group: Group) -> None:
        assert kill_leftovers([group.record], marker=MARKER) == 2

        assert not is_alive(group.leader)
        assert not is_alive(group.member)

    def test_ends_a_group_whose_leader_is_dead(self, group: Group) -> None:
        group.kill_leader()

        assert kill_leftovers([group.record], marker=MARKER) == 1

        assert not is_alive(group.member)

    def test_spares_whoever_got_the_pid_later(self, group: Group) -> None:
        earlier = ProcessRecord("leader", group.leader.pid, group.leader.create_time() - 100)

        assert kill_leftovers([earlier], marker=MARKER) == 0

        assert is_alive(group.leader)

    def test_spares_strangers_whose_leader_is_dead(self, strangers: Group) -> None:
        strangers.kill_leader()

        assert kill_leftovers([strangers.record], marker=MARKER) == 0

        assert is_alive(strangers.member)

    def test_has_nothing_to_do_after_an_orderly_end(self) -> None:
        assert kill_leftovers([], marker=MARKER) == 0


class TestRunRecord:
    def test_is_read_as_it_was_written(self, tmp_path: Path) -> None:
        record = RunRecord(own_record("up"), "http://bank", (own_record("web"),))

        record.write(tmp_path / "up.json")

        assert RunRecord.read(tmp_path / "up.json") == record
        assert (tmp_path / "up.json").stat().st_mode & 0o777 == 0o600

    @pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"supervisor": 1}', "null"])
    def test_is_as_good_as_none_when_it_is_damaged(self, tmp_path: Path, text: str) -> None:
        (tmp_path / "up.json").write_text(text)

        assert RunRecord.read(tmp_path / "up.json") is None

    def test_is_none_when_there_was_no_run(self, tmp_path: Path) -> None:
        assert RunRecord.read(tmp_path / "up.json") is None

    def test_finds_the_process_only_while_it_lives(self, group: Group) -> None:
        assert group.record.find() is not None

        group.kill_leader()

        assert group.record.find() is None
