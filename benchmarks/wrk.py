"""Load by wrk: one thread in C, which takes about a tenth of a core."""

import json
import subprocess
import tempfile
from collections.abc import Sequence
from math import ceil
from pathlib import Path

from benchmarks.load import CONNECTIONS, LoadResult, Template

_SCRIPT = Path(__file__).with_name("requests.lua")
_GRACE_SECONDS = 30


class Wrk:
    name = "wrk"

    def send(
        self,
        url: str,
        templates: Sequence[Template],
        *,
        token: str,
        seconds: float,
        created: Path | None = None,
    ) -> LoadResult:
        lines = "".join(f"{t.share}\t{t.method}\t{t.path}\t{t.body}\n" for t in templates)
        with tempfile.NamedTemporaryFile("w", suffix=".tsv") as file:
            file.write(lines)
            file.flush()
            ended = subprocess.run(
                [
                    *("wrk", "-t", "1", "-c", str(CONNECTIONS), "-d", f"{ceil(seconds)}s"),
                    *("-H", f"Authorization: Bearer {token}"),
                    *("-H", "Content-Type: application/json"),
                    *("-s", str(_SCRIPT), url, "--", file.name),
                    *([str(created)] if created else []),
                ],
                check=True,
                capture_output=True,
                text=True,
                timeout=seconds + _GRACE_SECONDS,
            )
        # Our script prints its line of JSON after wrk's own report.
        return LoadResult(**json.loads(ended.stdout.strip().splitlines()[-1]))
