"""How log lines are written, in processes and with handlers of their own."""

import json
import logging
import os
import subprocess
import sys
from collections.abc import Iterator

import pytest
from tests.running import eventually

from config.logging import LogStreamHandler
from payouts.adapters.log_stream import LogStream

# Logs more than a pipe holds, then one line after the test has read the pipe.
CHATTY = """
import structlog
from config.logging import configure
configure(format_="json", level="INFO")
log = structlog.get_logger()
for number in range(2_000):
    log.info("early", number=number, padding="x" * 100)
print("logged", flush=True)
input()
log.info("late")
"""
SURROGATE = """
import logging, structlog
from config.logging import configure
configure(format_="{format}", level="INFO")
structlog.get_logger().info("ours", name="\\udc80")
logging.getLogger("theirs").warning("name \\udc80")
"""


@pytest.fixture
def handler() -> Iterator[LogStreamHandler]:
    reader, writer = os.pipe()
    yield LogStreamHandler(LogStream(writer))
    os.close(reader)
    os.close(writer)


class TestDroppedLines:
    def test_are_counted_in_the_next_line_that_is_written(self) -> None:
        with subprocess.Popen(
            [sys.executable, "-c", CHATTY],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        ) as child:
            assert child.stdin
            assert child.stdout
            assert child.stderr
            assert child.stdout.readline() == b"logged\n"
            os.set_blocking(child.stderr.fileno(), False)
            early = child.stderr.read().splitlines()
            child.stdin.write(b"\n")
            child.stdin.flush()
            late = json.loads(eventually(child.stderr.readline))
        assert late["event"] == "late"
        assert late["log_lines_dropped"] == 2_000 - len(early)

    def test_include_records_that_cannot_be_formatted(self, handler: LogStreamHandler) -> None:
        record = logging.LogRecord("test", logging.INFO, __file__, 1, "%d", ("no number",), None)
        handler.handle(record)
        assert handler.stream.dropped == 1


class TestLine:
    @pytest.mark.parametrize("format_", ["json", "console"])
    def test_is_written_with_half_a_surrogate_pair_in_it(self, format_: str) -> None:
        ended = subprocess.run(
            [sys.executable, "-c", SURROGATE.replace("{format}", format_)],
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        )
        ours, theirs = ended.stderr.splitlines()
        assert r"\udc80" in ours
        assert r"\udc80" in theirs
