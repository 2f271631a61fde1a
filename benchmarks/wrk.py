"""Load by wrk: one thread in C, a tenth of a core for what keeps the other cores busy."""

import json
import subprocess
import tempfile
from collections.abc import Sequence
from math import ceil
from pathlib import Path

from benchmarks.load import CONNECTIONS, Kind, Sent

_SCRIPT = Path(__file__).with_name("requests.lua")
_PATIENCE_SECONDS = 30


class Wrk:
    name = "wrk"

    def send(
        self,
        url: str,
        kinds: Sequence[Kind],
        *,
        token: str,
        seconds: float,
        made: Path | None = None,
    ) -> Sent:
        lines = "\n".join(f"{k.share}\t{k.method}\t{k.path}\t{k.body}" for k in kinds)
        with tempfile.NamedTemporaryFile("w", suffix=".tsv") as plan:
            plan.write(lines + "\n")
            plan.flush()
            arguments = [plan.name, *([str(made)] if made else [])]
            ended = subprocess.run(
                [
                    *("wrk", "-t", "1", "-c", str(CONNECTIONS), "-d", f"{ceil(seconds)}s"),
                    *("-H", f"Authorization: Bearer {token}"),
                    *("-H", "Content-Type: application/json"),
                    *("-s", str(_SCRIPT), url, "--", *arguments),
                ],
                check=True,
                capture_output=True,
                text=True,
                timeout=seconds + _PATIENCE_SECONDS,
            )
        return read_output(ended.stdout)


def read_output(printed: str) -> Sent:
    """Read the line that our script prints at the end, after wrk's own report."""
    return Sent(**json.loads(printed.strip().splitlines()[-1]))
