"""Progress, on standard error. Results go to standard output."""

import sys
from time import monotonic

_STARTED = monotonic()


def show(text: str) -> None:
    print(f"[{monotonic() - _STARTED:6.0f} s] {text}", file=sys.stderr, flush=True)
