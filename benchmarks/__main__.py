"""`python -m benchmarks`, which `make bench` calls with the stores up."""

import json
import shutil
import sys
from pathlib import Path

import click

from benchmarks.data import MIN_PAYOUTS
from benchmarks.load import Load
from benchmarks.plan import ROWS, Plan
from benchmarks.run import run
from benchmarks.screen import say
from benchmarks.table import table
from benchmarks.wrk import Wrk


@click.command()
@click.option("--payouts", type=click.IntRange(MIN_PAYOUTS), default=5_000_000, show_default=True)
@click.option("--rounds", type=click.IntRange(1), default=5, show_default=True)
@click.option("--seconds", type=float, default=5, show_default=True, help="Of load a round.")
@click.option("--only", type=click.Choice(ROWS), multiple=True, help="Only this row; repeatable.")
@click.option("--load", "load_name", type=click.Choice(["wrk", "curl"]), help="Who sends.")
@click.option("--json", "json_path", type=click.Path(path_type=Path), help="Write figures too.")
def main(
    *,
    payouts: int,
    rounds: int,
    seconds: float,
    only: tuple[str, ...],
    load_name: str | None,
    json_path: Path | None,
) -> None:
    """Measure each row beside its floor; exit 1 if one falls short of its target."""
    load = _find_load(load_name)
    say(f"load by {load.name}")
    rows = run(Plan(only or ROWS, payouts, rounds, seconds), load)
    print(table(rows))
    if json_path:
        json_path.write_text(json.dumps([row.as_json() for row in rows], indent=2) + "\n")
    sys.exit(0 if all(row.holds for row in rows) else 1)


def _find_load(name: str | None) -> Load:
    """Take wrk where there is one: nothing else takes as little from what it measures."""
    if name == "wrk" or (name is None and shutil.which("wrk")):
        return Wrk()
    from benchmarks.curl import Curl

    return Curl()


if __name__ == "__main__":
    main()
