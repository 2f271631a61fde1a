"""Progress, on standard error: what is measured goes to standard output."""

import sys
from time import monotonic

_STARTED = monotonic()


def say(text: str) -> None:
    print(f"[{monotonic() - _STARTED:6.0f} s] {text}", file=sys.stderr, flush=True)
