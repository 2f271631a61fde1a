"""The requests to send, and the result. The load generators are in wrk.py and curl.py."""

import re
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Protocol

CONNECTIONS = 8
_PLACEHOLDER = re.compile("@+")


@dataclass(frozen=True, slots=True)
class Template:
    """Describes a request. A row of @ in path or body is replaced by a number, new in each request.

    Numbers begin at random and are written backwards. Keys made of them are spread over the whole
    index, as the random keys of clients are.
    """

    method: str
    path: str
    body: str = ""
    share: int = 1

    def numbered(self, number: int) -> "Template":
        """Return the request with this number."""
        write = partial(_write_digits, number)
        path, body = (_PLACEHOLDER.sub(write, each) for each in (self.path, self.body))
        return replace(self, path=path, body=body)


@dataclass(frozen=True, slots=True)
class LoadResult:
    """What a load generator measured. A request without a 2xx or 3xx answer has failed."""

    requests: int
    seconds: float
    p50_ms: float
    p99_ms: float
    max_ms: float
    failed: int

    @property
    def per_second(self) -> float:
        return self.requests / self.seconds


class LoadGenerator(Protocol):
    """Sends on 8 open connections; each sends its next request once the last one is answered."""

    name: str

    def send(
        self,
        url: str,
        templates: Sequence[Template],
        *,
        token: str,
        seconds: float,
        created: Path | None = None,
    ) -> LoadResult:
        """Send for some seconds; append the id of each payout answered with 201 to `created`."""


def find_load_generator(name: str | None = None) -> LoadGenerator:
    """Return the one of this name, or wrk if it is installed, which takes the least CPU time."""
    if name == "wrk" or (name is None and shutil.which("wrk")):
        from benchmarks.wrk import Wrk

        return Wrk()
    from benchmarks.curl import Curl

    return Curl()


def _write_digits(number: int, placeholder: re.Match[str]) -> str:
    return f"{number:0{len(placeholder[0])}}"[::-1]
