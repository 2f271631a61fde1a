"""Serves a floor as a WSGI application by granian, without anything of the service."""

import argparse
import importlib
from typing import Any

from granian import Granian
from granian.constants import HTTPModes, Interfaces


def load(target: str) -> Any:
    module, name = target.split(":")
    return getattr(importlib.import_module(module), name)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("floor", help="a module in this package that defines `application`")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--workers", type=int, required=True)
    parser.add_argument("--threads", type=int, required=True)
    options = parser.parse_args()
    Granian(
        f"benchmarks.floors.{options.floor}:application",
        address="127.0.0.1",
        port=options.port,
        interface=Interfaces.WSGI,
        http=HTTPModes.http1,
        websockets=False,
        workers=options.workers,
        blocking_threads=options.threads,
        backpressure=512,
        backlog=1024,
        log_access=False,
    ).serve(target_loader=load)


if __name__ == "__main__":
    main()
