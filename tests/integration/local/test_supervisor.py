import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from time import monotonic

import psutil
import pytest
from tests.running import eventually

from local.errors import LocalError
from local.processes.child import Child
from local.processes.liveness import is_alive
from local.processes.restart_limit import MAX_SHORT_RUNS
from local.processes.supervisor import STOP_LIMIT_SECONDS, Supervisor

SLEEP = "import time; time.sleep(60)"
STUBBORN = (
    "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('ready', flush=True)"
)
WITH_CHILD = (
    f"import subprocess, sys; print(subprocess.Popen([sys.executable, '-c', {SLEEP!r}]).pid)"
)


class Stage:
    """A supervisor and what it has reported."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.reports: list[str] = []
        self.supervisor = Supervisor(report=self.reports.append)

    def child(self, name: str, program: str) -> Child:
        command = [sys.executable, "-u", "-c", program]
        log = self.directory / f"{name}.log"
        return Child(name, command, environment=dict(os.environ), log=log)

    def end(self, *, at_once: bool = False) -> None:
        names = [child.name for child in self.supervisor.children]
        self.supervisor.stop(names, kill_requested=lambda: at_once)


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    stage = Stage(tmp_path)
    yield stage
    stage.end(at_once=True)


def process_of(child: Child) -> psutil.Process:
    process = child.process()
    assert process is not None
    return process


def restarted(stage: Stage, child: Child, dead: psutil.Process) -> bool:
    stage.supervisor.check()
    process = child.process()
    return process is not None and process != dead


class TestSupervisor:
    def test_restarts_a_child_that_was_killed(self, stage: Stage) -> None:
        child = stage.child("sleeper", SLEEP)
        stage.supervisor.start(child)
        first = process_of(child)

        first.kill()
        eventually(lambda: restarted(stage, child, first))

        assert is_alive(process_of(child))
        assert stage.reports == [
            f"sleeper was killed by signal 9; starting it again (log: {child.log})"
        ]

    def test_ends_the_children_of_a_dead_child(self, stage: Stage) -> None:
        child = stage.child("parent", f"{WITH_CHILD}; {SLEEP}")
        stage.supervisor.start(child)
        first = process_of(child)
        eventually(lambda: child.log.read_text().endswith("\n"))
        orphan = psutil.Process(int(child.log.read_text()))

        first.kill()
        eventually(lambda: restarted(stage, child, first))

        assert not is_alive(orphan)

    def test_gives_up_on_a_child_that_keeps_dying(self, stage: Stage) -> None:
        child = stage.child("hopeless", "raise SystemExit(7)")
        stage.supervisor.start(child)

        def check_for_ever() -> bool:
            stage.supervisor.check()
            return False

        with pytest.raises(
            LocalError,
            match=r"hopeless ended \(7\), 6 times in a row .*: giving up; .*hopeless\.log",
        ):
            eventually(check_for_ever)
        assert len(stage.reports) == MAX_SHORT_RUNS

    def test_ends_the_children_in_stages(self, stage: Stage) -> None:
        farewell = "signal.signal(signal.SIGTERM, lambda *_: sys.exit(print('bye', time.time())))"
        program = f"import signal, sys, time; {farewell}; print('ready'); time.sleep(60)"
        children = [stage.child(name, program) for name in ("first", "second")]
        stage.supervisor.start(*children)
        for child in children:
            eventually(lambda child=child: "ready" in child.log.read_text())

        stage.supervisor.stop(["second"], ["first"], kill_requested=lambda: False)

        first, second = (float(child.log.read_text().split("bye")[1]) for child in children)
        assert second < first

    def test_kills_a_child_that_ignores_signals(self, stage: Stage) -> None:
        child = stage.child("stubborn", f"{STUBBORN}; {SLEEP}")
        stage.supervisor.start(child)
        process = process_of(child)
        eventually(lambda: "ready" in child.log.read_text())

        started = monotonic()
        stage.end(at_once=True)

        assert not is_alive(process)
        assert monotonic() - started < STOP_LIMIT_SECONDS / 2

    def test_ends_the_children_of_a_child_that_exited_normally(self, stage: Stage) -> None:
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

    def test_has_not_ended_while_it_is_frozen(self, stage: Stage) -> None:
        child = stage.child("sleeper", SLEEP)
        stage.supervisor.start(child)

        process_of(child).send_signal(signal.SIGSTOP)

        assert not child.has_ended()
