"""Load by libcurl, from the wheel of pycurl: where there is no wrk."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import accumulate
from pathlib import Path
from random import choices, randrange
from time import monotonic
from typing import Any

import pycurl

from benchmarks.load import CONNECTIONS, Kind, Sent

_OVERDUE_SECONDS = 30
_ID = re.compile(rb'"id":\s*(\d+)')


class Curl:
    name = "curl"

    def send(
        self,
        url: str,
        kinds: Sequence[Kind],
        *,
        token: str,
        seconds: float,
        made: Path | None = None,
    ) -> Sent:
        headers = [f"Authorization: Bearer {token}", "Content-Type: application/json", "Expect:"]
        run = _Run(url, headers, kinds)
        sent = run.send(seconds)
        if made:
            with made.open("a") as file:
                file.writelines(f"{payout_id}\n" for payout_id in run.made)
        return sent


@dataclass
class _Run:
    """A while of load: each handle keeps its connection, and sends again once it is answered."""

    url: str
    headers: Sequence[str]
    kinds: Sequence[Kind]
    made: list[int] = field(default_factory=list)
    _times_ms: list[float] = field(default_factory=list)
    _failed: int = 0
    _number: int = field(default_factory=partial(randrange, 500_000))

    def send(self, seconds: float) -> Sent:
        multi = pycurl.CurlMulti()
        self._shares = list(accumulate(kind.share for kind in self.kinds))
        for _ in range(CONNECTIONS):
            handle = pycurl.Curl()
            handle.setopt(pycurl.HTTPHEADER, self.headers)
            handle.setopt(pycurl.TIMEOUT, _OVERDUE_SECONDS)
            multi.add_handle(self._ready(handle))
        started = monotonic()
        while monotonic() - started < seconds:
            multi.perform()
            multi.select(1)
            for handle, is_answered in _ended(multi):
                self._note(handle, is_answered=is_answered)
                multi.remove_handle(handle)
                multi.add_handle(self._ready(handle))
        return self._sent(monotonic() - started)

    def _ready(self, handle: Any) -> Any:
        [kind] = choices(self.kinds, cum_weights=self._shares)
        self._number += 1
        kind = kind.numbered(self._number)
        handle.body = bytearray()
        handle.setopt(pycurl.URL, f"{self.url}{kind.path}")
        handle.setopt(pycurl.WRITEFUNCTION, handle.body.extend)
        if kind.body:
            handle.setopt(pycurl.POSTFIELDS, kind.body)
        else:
            handle.setopt(pycurl.HTTPGET, 1)
        return handle

    def _note(self, handle: Any, *, is_answered: bool) -> None:
        status = handle.getinfo(pycurl.RESPONSE_CODE) if is_answered else 0
        self._times_ms.append(handle.getinfo(pycurl.TOTAL_TIME) * 1000)
        self._failed += not 200 <= status < 400
        if status == 201 and (found := _ID.search(handle.body)):
            self.made.append(int(found[1]))

    def _sent(self, seconds: float) -> Sent:
        times = sorted(self._times_ms)
        return Sent(
            requests=len(times),
            seconds=seconds,
            p50_ms=times[len(times) // 2],
            p99_ms=times[len(times) * 99 // 100],
            max_ms=times[-1],
            failed=self._failed,
        )


def _ended(multi: Any) -> Iterable[tuple[Any, bool]]:
    while True:
        waiting, answered, failed = multi.info_read()
        yield from ((handle, True) for handle in answered)
        yield from ((handle, False) for handle, *_ in failed)
        if not waiting:
            return
