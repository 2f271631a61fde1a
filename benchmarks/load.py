"""What is to be sent, and how it went. Who sends it is in wrk.py and curl.py."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Protocol

CONNECTIONS = 8
_MARK = re.compile("@+")


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of request. A row of @ in path or body is a number that no other request has.

    Numbers begin anywhere and are written backwards: so keys are all over an index, as those of
    clients are, which are random.
    """

    method: str
    path: str
    body: str = ""
    share: int = 1

    def numbered(self, number: int) -> "Kind":
        """Return the request with this number."""
        path, body = (_MARK.sub(partial(_digits, number), each) for each in (self.path, self.body))
        return replace(self, path=path, body=body)


@dataclass(frozen=True, slots=True)
class Sent:
    """How a while of load went; what was not answered with a 2xx or a 3xx has failed."""

    requests: int
    seconds: float
    p50_ms: float
    p99_ms: float
    max_ms: float
    failed: int

    @property
    def per_second(self) -> float:
        return self.requests / self.seconds


class Load(Protocol):
    """Sends as fast as it is answered, on 8 connections that stay open."""

    name: str

    def send(
        self,
        url: str,
        kinds: Sequence[Kind],
        *,
        token: str,
        seconds: float,
        made: Path | None = None,
    ) -> Sent:
        """Send for a while; write the id of each payout that was answered 201 to `made`."""


def _digits(number: int, mark: re.Match[str]) -> str:
    return f"{number:0{len(mark[0])}}"[::-1]
