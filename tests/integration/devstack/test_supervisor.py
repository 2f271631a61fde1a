import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from time import monotonic

import psutil
import pytest
from tests.running import eventually

from devstack.child import Child
from devstack.deaths import SHORT_LIVES_ALLOWED
from devstack.errors import DevstackError
from devstack.liveness import is_alive
from devstack.supervisor import STOP_LIMIT_SECONDS, Supervisor

SLEEP = "import time; time.sleep(60)"
STUBBORN = (
    "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('ready', flush=True)"
)
WITH_CHILD = (
    f"import subprocess, sys; print(subprocess.Popen([sys.executable, '-c', {SLEEP!r}]).pid)"
)


class Stage:
    """A supervisor, what it said, and how often it told of a change."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.said: list[str] = []
        self.changes = 0
        self.supervisor = Supervisor(say=self.said.append, changed=self._count)

    def child(self, name: str, program: str) -> Child:
        command = [sys.executable, "-u", "-c", program]
        log = self.directory / f"{name}.log"
        return Child(name, command, environment=dict(os.environ), log=log)

    def end(self, *, hurried: bool = False) -> None:
        names = [child.name for child in self.supervisor.children]
        self.supervisor.stop(names, hurried=lambda: hurried)

    def _count(self) -> None:
        self.changes += 1


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    stage = Stage(tmp_path)
    yield stage
    stage.end(hurried=True)


def process_of(child: Child) -> psutil.Process:
    record = child.record()
    assert record is not None
    return psutil.Process(record.pid)


def restarted(stage: Stage, child: Child, dead: psutil.Process) -> bool:
    stage.supervisor.check()
    record = child.record()
    return record is not None and record.pid != dead.pid


class TestSupervisor:
    def test_start_a_child_again_that_was_killed(self, stage: Stage) -> None:
        child = stage.child("sleeper", SLEEP)
        stage.supervisor.start(child)
        first = process_of(child)

        first.kill()
        eventually(lambda: restarted(stage, child, first))

        assert is_alive(process_of(child))
        assert stage.said == [
            f"sleeper was killed by signal 9; starting it again (log: {child.log})"
        ]
        assert stage.changes == 2

    def test_end_what_a_dead_child_had_started(self, stage: Stage) -> None:
        child = stage.child("parent", f"{WITH_CHILD}; {SLEEP}")
        stage.supervisor.start(child)
        first = process_of(child)
        eventually(lambda: child.log.read_text().endswith("\n"))
        orphan = psutil.Process(int(child.log.read_text()))

        first.kill()
        eventually(lambda: restarted(stage, child, first))

        assert not is_alive(orphan)

    def test_give_up_on_a_child_that_keeps_dying(self, stage: Stage) -> None:
        child = stage.child("hopeless", "raise SystemExit(7)")
        stage.supervisor.start(child)

        def check_for_ever() -> bool:
            stage.supervisor.check()
            return False

        with pytest.raises(DevstackError, match=r"hopeless ended \(7\), 6 times .*hopeless\.log"):
            eventually(check_for_ever)
        assert len(stage.said) == SHORT_LIVES_ALLOWED

    def test_end_the_children_stage_by_stage(self, stage: Stage) -> None:
        farewell = "signal.signal(signal.SIGTERM, lambda *_: sys.exit(print('bye', time.time())))"
        program = f"import signal, sys, time; {farewell}; print('ready'); time.sleep(60)"
        children = [stage.child(name, program) for name in ("first", "second")]
        stage.supervisor.start(*children)
        for child in children:
            eventually(lambda child=child: "ready" in child.log.read_text())

        stage.supervisor.stop(["second"], ["first"], hurried=lambda: False)

        first, second = (float(child.log.read_text().split("bye")[1]) for child in children)
        assert second < first

    def test_kill_a_child_that_will_not_end_when_in_a_hurry(self, stage: Stage) -> None:
        child = stage.child("stubborn", f"{STUBBORN}; {SLEEP}")
        stage.supervisor.start(child)
        process = process_of(child)
        eventually(lambda: "ready" in child.log.read_text())

        started = monotonic()
        stage.end(hurried=True)

        assert not is_alive(process)
        assert monotonic() - started < STOP_LIMIT_SECONDS / 2

    def test_end_children_of_a_child_that_ended_well(self, stage: Stage) -> None:
        child = stage.child("parent", f"{WITH_CHILD}; {SLEEP}")
        stage.supervisor.start(child)
        eventually(lambda: child.log.read_text().endswith("\n"))
        orphan = psutil.Process(int(child.log.read_text()))

        stage.end()

        assert not is_alive(orphan)


class TestChild:
    def test_appends_to_its_log_until_that_is_large(self, stage: Stage) -> None:
        child = stage.child("talker", "print('news')")
        old = "x" * (11 * 1024 * 1024)
        child.log.write_text(old)

        child.start()
        eventually(child.has_ended)
        child.clear()

        assert child.log.read_text() == "news\n"
        assert (stage.directory / "talker.log.1").read_text() == old

    def test_keeps_what_it_printed_out_of_the_log_when_that_is_captured(self, stage: Stage) -> None:
        child = stage.child("teller", "import sys; print('secret'); print('open', file=sys.stderr)")
        child.captures = True

        child.start()
        eventually(child.has_ended)

        assert child.clear() == 0
        assert child.output == "secret\n"
        assert child.log.read_text() == "open\n"

    def test_has_not_ended_while_it_is_frozen(self, stage: Stage) -> None:
        child = stage.child("sleeper", SLEEP)
        stage.supervisor.start(child)

        process_of(child).send_signal(signal.SIGSTOP)

        assert not child.has_ended()
