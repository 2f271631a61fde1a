"""`python -m benchmarks`. `make bench` runs it with PostgreSQL and Redis up."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic
from typing import Any

import click

from benchmarks import machine, progress
from benchmarks.load import find_load_generator
from benchmarks.plan import ROWS, Plan
from benchmarks.report import Report
from benchmarks.run import run
from benchmarks.sample_payouts import MIN_PAYOUTS
from benchmarks.servers import RedisDatabaseInUseError, reserved_redis_database

_COUNT = click.IntRange(1)
_PATH = click.Path(path_type=Path, dir_okay=False)


@click.command()
@click.option("--payouts", type=click.IntRange(MIN_PAYOUTS), help="To load.  [default: 5000000]")
@click.option("--rounds", type=_COUNT, help="Runs of each row and its floor.  [default: 5]")
@click.option("--seconds", type=_COUNT, help="Of load in a run.  [default: 5]")
@click.option("--memory-requests", type=_COUNT, help="[default: 200000]")
@click.option("--only", "rows", type=click.Choice(ROWS), multiple=True, help="Repeatable.")
@click.option("--quick", is_flag=True, help="Take a minute, and judge only faults.")
@click.option("--load", "load_name", type=click.Choice(["wrk", "curl"]), help="Sends requests.")
@click.option("--redis-database", default=15, show_default=True, help="Must be empty; is flushed.")
@click.option("--json", "json_path", type=_PATH, help="Write the figures.")
@click.option("--plot", "plot_path", type=_PATH, help="Write a picture (.svg, .png).")
def main(
    *,
    quick: bool,
    load_name: str | None,
    redis_database: int,
    json_path: Path | None,
    plot_path: Path | None,
    **plan_options: Any,
) -> None:
    """Measure each row beside its floor; exit with 1 if a row misses its target.

    Uses the servers that DATABASE_URL and REDIS_URL name, or embedded ones. Creates and drops
    databases named bench_payouts_*.
    """
    chosen = {name: value for name, value in plan_options.items() if value}
    plan = replace(Plan.quick() if quick else Plan(), **chosen)
    with _reserved(redis_database):
        report = _measure(plan, load_name)
    print(report.as_text())
    if json_path:
        json_path.write_text(json.dumps(report.as_json(), indent=2) + "\n")
    if plot_path:
        from benchmarks.plot import draw

        draw(report, plot_path)
    sys.exit(report.exit_code)


def _measure(plan: Plan, load_name: str | None) -> Report:
    load, at, started = find_load_generator(load_name), datetime.now(UTC), monotonic()
    facts = machine.facts()
    progress.show(f"load by {load.name}, load average {facts['load_average_before']}")
    rows = run(plan, load)
    return Report(plan, facts, load.name, at, monotonic() - started, rows)


@contextmanager
def _reserved(redis_database: int) -> Iterator[None]:
    try:
        with reserved_redis_database(redis_database):
            yield
    except RedisDatabaseInUseError as error:
        raise click.ClickException(str(error)) from error


if __name__ == "__main__":
    main()
