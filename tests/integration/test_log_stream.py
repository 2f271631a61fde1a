"""Log lines that cannot be written: full disks, closed pipes, and readers that do not read."""

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic

import pytest

from payouts.adapters.log_stream import LogStream

LINE = b"x" * 100 + b"\n"
MANY = 2_000


@contextmanager
def a_pipe() -> Iterator[tuple[int, int]]:
    reader, writer = os.pipe()
    try:
        yield reader, writer
    finally:
        for descriptor in (reader, writer):
            with_no_error_close(descriptor)


def with_no_error_close(descriptor: int) -> None:
    try:
        os.close(descriptor)
    except OSError:
        return


def read_available(descriptor: int) -> bytes:
    os.set_blocking(descriptor, False)
    data = b""
    try:
        while chunk := os.read(descriptor, 65_536):
            data += chunk
    except BlockingIOError:
        pass
    return data


class TestLogStream:
    def test_writes_whole_lines(self) -> None:
        with a_pipe() as (reader, writer):
            stream = LogStream(writer)
            stream.write(b"one\n")
            stream.write(b"two\n")
            assert read_available(reader) == b"one\ntwo\n"
        assert (stream.dropped, stream.dropped_recently) == (0, False)

    def test_drops_and_counts_lines_when_the_disk_is_full(self) -> None:
        descriptor = os.open("/dev/full", os.O_WRONLY)
        try:
            stream = LogStream(descriptor)
            stream.write(LINE)
            stream.write(LINE)
        finally:
            os.close(descriptor)
        assert (stream.dropped, stream.dropped_recently) == (2, True)

    def test_drops_and_counts_lines_when_the_reader_has_closed_the_pipe(self) -> None:
        with a_pipe() as (reader, writer):
            stream = LogStream(writer)
            os.close(reader)
            stream.write(LINE)
        assert stream.dropped == 1

    def test_drops_and_counts_all_lines_when_there_is_no_standard_error(self) -> None:
        stream = LogStream(None)
        stream.write(LINE)
        assert stream.dropped == 1

    @pytest.mark.parametrize("kind", ["pipe", "socket"])
    def test_waits_once_for_a_reader_that_does_not_read(self, kind: str) -> None:
        if kind == "pipe":
            reader, writer = os.pipe()
        else:
            here, there = socket.socketpair()
            reader, writer = here.detach(), there.detach()
        try:
            stream = LogStream(writer)
            started = monotonic()
            for _ in range(MANY * 5):
                stream.write(LINE)
            assert monotonic() - started < 2
            assert stream.dropped > 0
            # Other processes share the descriptor and expect blocking writes.
            assert os.get_blocking(writer)
            lines = read_available(reader).split(b"\n")
            stream.write(b"after it has read again\n")
            assert read_available(reader).split(b"\n")[-2] == b"after it has read again"
        finally:
            os.close(reader)
            os.close(writer)
        assert set(lines[:-1]) == {LINE[:-1]}

    def test_starts_a_new_line_after_one_that_was_cut(self) -> None:
        with a_pipe() as (reader, writer):
            stream = LogStream(writer)
            stream.write(b"y" * 1_000_000 + b"\n")
            assert stream.dropped == 1
            read_available(reader)
            stream.write(b"whole\n")
            assert read_available(reader) == b"\nwhole\n"
            stream.write(b"next\n")
            assert read_available(reader) == b"next\n"
