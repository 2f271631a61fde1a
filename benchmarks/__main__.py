"""`python -m benchmarks`, which `make bench` calls with the stores up."""

import json
import shutil
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic
from typing import Any

import click

from benchmarks import machine
from benchmarks.data import MIN_PAYOUTS
from benchmarks.load import Load
from benchmarks.plan import ROWS, Plan
from benchmarks.report import Report
from benchmarks.run import run
from benchmarks.screen import say
from benchmarks.wrk import Wrk

_COUNT = click.IntRange(1)
_PATH = click.Path(path_type=Path, dir_okay=False)


@click.command()
@click.option("--payouts", type=click.IntRange(MIN_PAYOUTS), help="To load.  [default: 5000000]")
@click.option("--rounds", type=_COUNT, help="Turns of each row and its floor.  [default: 5]")
@click.option("--seconds", type=_COUNT, help="Of load in a turn.  [default: 5]")
@click.option("--memory-requests", type=_COUNT, help="[default: 200000]")
@click.option("--only", "rows", type=click.Choice(ROWS), multiple=True, help="Repeatable.")
@click.option("--quick", is_flag=True, help="Within a minute; tells, and judges only faults.")
@click.option("--load", "load_name", type=click.Choice(["wrk", "curl"]), help="Who sends.")
@click.option("--json", "json_path", type=_PATH, help="Write the figures.")
@click.option("--plot", "plot_path", type=_PATH, help="Write a picture (.svg, .png).")
def main(
    *,
    quick: bool,
    load_name: str | None,
    json_path: Path | None,
    plot_path: Path | None,
    **plan_options: Any,
) -> None:
    """Measure each row beside its floor; exit with 1 if one falls short of its target."""
    chosen = {name: value for name, value in plan_options.items() if value}
    plan = replace(Plan.quick() if quick else Plan(), **chosen)
    load, at, started = _find_load(load_name), datetime.now(UTC), monotonic()
    facts = machine.facts()
    say(f"load by {load.name}, load average {facts['load_average_before']}")
    rows = run(plan, load)
    report = Report(plan, facts, load.name, at, monotonic() - started, rows)
    print(report.as_text())
    if json_path:
        json_path.write_text(json.dumps(report.as_json(), indent=2) + "\n")
    if plot_path:
        from benchmarks.plot import draw

        draw(report, plot_path)
    sys.exit(report.exit_code)


def _find_load(name: str | None) -> Load:
    """Take wrk where there is one: nothing else takes as little from what it measures."""
    if name == "wrk" or (name is None and shutil.which("wrk")):
        return Wrk()
    from benchmarks.curl import Curl

    return Curl()


if __name__ == "__main__":
    main()
