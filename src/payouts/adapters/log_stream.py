"""Standard error as the destination of log lines: a line that cannot be written is dropped."""

import os
import select
import socket
import stat
import sys
from collections.abc import Callable
from functools import cache
from threading import Lock
from time import monotonic
from typing import Final

# How long one line may wait for a reader that does not read. After that, lines do not wait until
# one has been written again.
_WAIT_SECONDS: Final = 0.1
_RECENT_SECONDS: Final = 60.0


class LogStream:
    """Write lines to a file descriptor. Never raise, and wait 0.1 s at most for a slow reader.

    A full disk, a closed pipe and a reader that has stopped must not fail requests or tasks.
    """

    def __init__(self, descriptor: int | None) -> None:
        """Take an open descriptor, or None, with which every line is dropped."""
        self._output = None if descriptor is None else _Output(descriptor)
        self._lock = Lock()
        self._dropped = 0
        self._last_dropped_at: float | None = None
        self._on_dropped: Callable[[], object] = lambda: None
        self._is_blocked = False
        self._has_cut_line = False
        # A web process is forked while another thread may hold the lock.
        os.register_at_fork(after_in_child=self._renew_lock)

    @property
    def dropped(self) -> int:
        """Return how many lines this process has dropped since it started."""
        return self._dropped

    @property
    def dropped_recently(self) -> bool:
        """Return whether a line was dropped within the last minute."""
        at = self._last_dropped_at
        return at is not None and monotonic() - at < _RECENT_SECONDS

    def watch(self, on_dropped: Callable[[], object]) -> None:
        """Call this for each line that is dropped from now on. It must not log."""
        self._on_dropped = on_dropped

    def count_dropped(self) -> None:
        """Count a line that was lost, for example because it could not be rendered."""
        self._dropped += 1
        self._last_dropped_at = monotonic()
        self._on_dropped()

    def write(self, line: bytes) -> int:
        """Write a line that ends with a newline, or drop it."""
        with self._lock:
            # Without the newline it would continue the part of an earlier line.
            data = b"\n" + line if self._has_cut_line else line
            written = self._write_until(data, monotonic() + _WAIT_SECONDS)
            if written == len(data):
                self._is_blocked = self._has_cut_line = False
            else:
                self._has_cut_line |= written > 0
                self.count_dropped()
        return len(line)

    def flush(self) -> None:
        """Do nothing: lines are not buffered. structlog calls it after each line."""

    def _write_until(self, data: bytes, deadline: float) -> int:
        """Return how many bytes were written, which is less than all if it failed."""
        written = 0
        while written < len(data) and self._output:
            try:
                written += self._output.write(data[written:])
            except BlockingIOError:
                if self._is_blocked or not self._output.becomes_ready(deadline):
                    self._is_blocked = True
                    break
            except OSError:
                break
        return written

    def _renew_lock(self) -> None:
        self._lock = Lock()


class _Output:
    """Writes to a descriptor without blocking.

    The flag O_NONBLOCK is not set on the descriptor itself, because other processes share it.
    """

    def __init__(self, descriptor: int) -> None:
        mode = os.fstat(descriptor).st_mode
        self._descriptor = descriptor
        self._socket: socket.socket | None = None
        self._may_block = stat.S_ISFIFO(mode) or os.isatty(descriptor)
        if stat.S_ISSOCK(mode):
            self._socket = socket.socket(fileno=os.dup(descriptor))
        elif self._may_block:
            self._open_again()
        self._poll = select.poll()
        self._poll.register(self._descriptor, select.POLLOUT)

    def write(self, data: bytes) -> int:
        """Return how many bytes were written; raise BlockingIOError if there is no room for any."""
        if self._socket:
            return self._socket.send(data, socket.MSG_DONTWAIT)
        if self._may_block:
            if not self._poll.poll(0):
                raise BlockingIOError
            data = data[: select.PIPE_BUF]
        return os.write(self._descriptor, data)

    def becomes_ready(self, deadline: float) -> bool:
        return bool(self._poll.poll(max(0.0, deadline - monotonic()) * 1000))

    def _open_again(self) -> None:
        flags = os.O_WRONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
        try:
            self._descriptor = os.open(f"/proc/self/fd/{self._descriptor}", flags)
        except OSError:  # no /proc, or the pipe belongs to another user
            return
        self._may_block = False


@cache
def standard_error() -> LogStream:
    """Return the stream for the log of this process."""
    # Python sets None if the process was started without it. Descriptor 2 may then be a socket.
    return LogStream(sys.stderr.fileno() if sys.stderr else None)
