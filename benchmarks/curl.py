"""Load by libcurl, from the wheel of pycurl, for machines without wrk."""

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

from benchmarks.load import CONNECTIONS, LoadResult, Template

_TIMEOUT_SECONDS = 30
_ID = re.compile(rb'"id":\s*(\d+)')


class Curl:
    name = "curl"

    def send(
        self,
        url: str,
        templates: Sequence[Template],
        *,
        token: str,
        seconds: float,
        created: Path | None = None,
    ) -> LoadResult:
        headers = [f"Authorization: Bearer {token}", "Content-Type: application/json", "Expect:"]
        sending = _Sending(url, headers, templates)
        result = sending.run(seconds)
        if created:
            with created.open("a") as file:
                file.writelines(f"{payout_id}\n" for payout_id in sending.created)
        return result


@dataclass
class _Sending:
    """One run: each handle keeps its connection, and sends its next request once answered."""

    url: str
    headers: Sequence[str]
    templates: Sequence[Template]
    created: list[int] = field(default_factory=list)
    _times_ms: list[float] = field(default_factory=list)
    _failed: int = 0
    _number: int = field(default_factory=partial(randrange, 500_000))

    def run(self, seconds: float) -> LoadResult:
        multi = pycurl.CurlMulti()
        self._shares = list(accumulate(template.share for template in self.templates))
        for _ in range(CONNECTIONS):
            handle = pycurl.Curl()
            handle.setopt(pycurl.HTTPHEADER, self.headers)
            handle.setopt(pycurl.TIMEOUT, _TIMEOUT_SECONDS)
            multi.add_handle(self._prepare(handle))
        started = monotonic()
        while monotonic() - started < seconds:
            multi.perform()
            multi.select(1)
            for handle, is_answered in _finished(multi):
                self._record(handle, is_answered=is_answered)
                multi.remove_handle(handle)
                multi.add_handle(self._prepare(handle))
        return self._result(monotonic() - started)

    def _prepare(self, handle: Any) -> Any:
        [template] = choices(self.templates, cum_weights=self._shares)
        self._number += 1
        request = template.numbered(self._number)
        handle.body = bytearray()
        handle.setopt(pycurl.URL, f"{self.url}{request.path}")
        handle.setopt(pycurl.WRITEFUNCTION, handle.body.extend)
        if request.body:
            handle.setopt(pycurl.POSTFIELDS, request.body)
        else:
            handle.setopt(pycurl.HTTPGET, 1)
        return handle

    def _record(self, handle: Any, *, is_answered: bool) -> None:
        status = handle.getinfo(pycurl.RESPONSE_CODE) if is_answered else 0
        self._times_ms.append(handle.getinfo(pycurl.TOTAL_TIME) * 1000)
        self._failed += not 200 <= status < 400
        if status == 201 and (found := _ID.search(handle.body)):
            self.created.append(int(found[1]))

    def _result(self, seconds: float) -> LoadResult:
        times = sorted(self._times_ms)
        return LoadResult(
            requests=len(times),
            seconds=seconds,
            p50_ms=times[len(times) // 2],
            p99_ms=times[len(times) * 99 // 100],
            max_ms=times[-1],
            failed=self._failed,
        )


def _finished(multi: Any) -> Iterable[tuple[Any, bool]]:
    while True:
        waiting, answered, failed = multi.info_read()
        yield from ((handle, True) for handle in answered)
        yield from ((handle, False) for handle, *_ in failed)
        if not waiting:
            return
