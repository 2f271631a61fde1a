"""How processes that share a directory keep their metrics, when they live and when they end."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from tests.metrics import MetricsPage

COUNTED = "payouts_bank_exchanges_total"
# Counts as often as it is told by a line, and prints the metrics of all processes.
_PROCESS = """
import sys
from pathlib import Path
from types import SimpleNamespace
import structlog
from prometheus_client.exposition import generate_latest
from payouts.adapters.metrics import ProcessMetrics

structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
metrics = ProcessMetrics(Path(sys.argv[1]))
metrics.started("worker")
is_open = metrics.watch_circuit_breaker("redis")
for line in sys.stdin:
    for _ in range(int(line)):
        metrics.bank_answered(bank="main", operation="send", outcome="settled", seconds=0.1)
    is_open(bool(int(line) % 2))
    page = generate_latest(SimpleNamespace(collect=metrics.collect)).decode()
    print(page, end="# END\\n", flush=True)
"""


class CountingProcess:
    def __init__(self, directory: Path) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", _PROCESS, str(directory)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def count(self, number: int) -> MetricsPage:
        """Let it count, and return the metrics of all processes."""
        process = self._process
        assert process.stdin
        assert process.stdout
        process.stdin.write(f"{number}\n")
        process.stdin.flush()
        return MetricsPage.parse("".join(iter(process.stdout.readline, "# END\n")))

    def kill(self) -> None:
        self._process.send_signal(signal.SIGKILL)
        self._process.communicate()

    def end(self) -> str:
        """End it and return what it logged."""
        return self._process.communicate()[1]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[type[CountingProcess]]:
    with ExitStack() as stack:

        def start_one(directory: Path = tmp_path / "metrics") -> CountingProcess:
            process = CountingProcess(directory)
            stack.callback(process.end)
            return process

        yield start_one


class TestProcessMetrics:
    def test_add_up_what_living_and_ended_processes_counted(self, start) -> None:
        first, second = start(), start()
        assert first.count(3).sum(COUNTED) == 3
        assert second.count(4).sum(COUNTED) == 7
        first.kill()
        assert second.count(1).sum(COUNTED) == 8
        assert start().count(2).sum(COUNTED) == 10

    def test_use_no_more_files_when_processes_follow_each_other(
        self, start, tmp_path: Path
    ) -> None:
        for number in range(1, 5):
            process = start()
            assert process.count(1).sum(COUNTED) == number
            process.kill()
        assert len(list((tmp_path / "metrics").glob("counter_*.db"))) == 1

    def test_forget_gauges_of_ended_processes(self, start) -> None:
        first, second = start(), start()
        first.count(1)
        page = second.count(2)
        assert page.sum("payouts_processes", role="worker") == 2
        assert page.sum("payouts_circuit_breaker_open", name="redis") == 1
        first.kill()
        page = second.count(2)
        assert page.sum("payouts_processes", role="worker") == 1
        assert page.sum("payouts_circuit_breaker_open", name="redis") == 0

    def test_replace_files_that_cannot_be_read(self, start, tmp_path: Path) -> None:
        process = start()
        process.count(1)
        process.kill()
        [counters] = (tmp_path / "metrics").glob("counter_*.db")
        counters.write_bytes(b"\xff\x00\x00\x00" * 100)
        assert start().count(2).sum(COUNTED) == 2

    def test_are_those_of_one_process_when_the_directory_cannot_be_used(
        self, start, tmp_path: Path
    ) -> None:
        (tmp_path / "file").touch()
        process = start(tmp_path / "file" / "metrics")
        assert process.count(2).sum(COUNTED) == 2
        assert "metrics.not_shared" in process.end()
