"""`python -m chaos`, which `make chaos` calls."""

import json
import shutil
import signal
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from random import SystemRandom

import click
from rich.console import Console

from chaos.catalogue import CONTROLS, Control
from chaos.faults import FAULTS
from chaos.run import Plan, execute
from devstack.signals import raising_signals

# About how long it takes all faults to strike once, at their usual lengths.
_ROUND_SECONDS = 80
_SCREEN = Console(stderr=True)


def _read_faults(_context: object, _parameter: object, text: str) -> list[str]:
    """Turn `all`, `none` or names, comma-separated and perhaps cut short, into faults."""
    if text in {"all", "none"}:
        return list(FAULTS) if text == "all" else []
    chosen = [
        name for name in FAULTS if any(name.startswith(part.strip()) for part in text.split(","))
    ]
    if not chosen:
        raise click.BadParameter(f"none of {', '.join(FAULTS)}")
    return chosen


@click.command()
@click.option("--payouts", type=click.IntRange(1), default=400, show_default=True)
@click.option("--rate", type=float, default=20, show_default=True, help="Payouts a second.")
@click.option("--minutes", type=float, help="Instead of --payouts: how long to send.")
@click.option("--seed", type=int, help="Repeats a run's orders and faults.  [default: by chance]")
@click.option("--faults", callback=_read_faults, default="all", help="Names or their beginnings.")
@click.option(
    "--haste", type=float, help="Shortens the faults.  [default: so that each strikes in time]"
)
@click.option("--control", type=click.Choice(list(CONTROLS)), help="Run a wrong service.")
@click.option("--controls", is_flag=True, help="Run each wrong service: all must be caught.")
@click.option("--json", "json_path", type=click.Path(path_type=Path), help="Write the report too.")
def main(
    *,
    payouts: int,
    rate: float,
    minutes: float | None,
    seed: int | None,
    faults: list[str],
    haste: float | None,
    control: str | None,
    controls: bool,
    json_path: Path | None,
) -> None:
    """Send payouts, let faults strike, and check that money moved exactly once."""
    count = round(minutes * 60 * rate) if minutes else payouts
    plan = Plan(
        payouts=count,
        rate=rate,
        seed=SystemRandom().randrange(10_000) if seed is None else seed,
        faults=faults,
        haste=haste or max(1, _ROUND_SECONDS * rate / count),
    )
    with raising_signals(signal.SIGTERM, signal.SIGHUP):
        if controls:
            missed = [name for name in CONTROLS if not _is_caught(CONTROLS[name], plan.seed)]
            sys.exit(f"not caught: {', '.join(missed)}" if missed else 0)
        if control:
            plan = CONTROLS[control].plan(plan.seed)
        sys.exit(1 if _run(plan, json_path) else 0)


def _is_caught(control: Control, seed: int) -> bool:
    _SCREEN.rule(f"{control.name}: {control.text}")
    broken = _run(control.plan(seed), None)
    caught = control.breaks in broken
    _SCREEN.print(f"{control.breaks} is {'caught' if caught else '[red]not caught[/red]'}")
    return caught


def _run(plan: Plan, json_path: Path | None) -> set[str]:
    """Return the invariants that were broken."""
    plan = replace(plan, command=_command(plan))
    with _home() as home:
        report = execute(plan, home=home, say=partial(_SCREEN.print, soft_wrap=True))
        report.print(Console())
        if json_path:
            json_path.write_text(json.dumps(report.as_json(), indent=2) + "\n")
        broken = {violation.invariant for violation in report.violations}
        if broken and not plan.is_control:
            kept = home.rename(home.with_name(f"{home.name}-kept"))
            _SCREEN.print(f"Logs, data and ledger are kept in {kept}")
    return broken


def _command(plan: Plan) -> str:
    names = ",".join(plan.faults) if set(plan.faults) != set(FAULTS) else "all"
    options = f"--payouts {plan.payouts} --rate {plan.rate:g} --seed {plan.seed}"
    return f'make chaos ARGS="{options} --haste {plan.haste:g} --faults {names or "none"}"'


@contextmanager
def _home() -> Iterator[Path]:
    home = Path(tempfile.mkdtemp(prefix="payouts-chaos."))
    # When we are root, PostgreSQL runs as another user, who has to pass through.
    home.chmod(0o711)
    try:
        yield home
    finally:
        shutil.rmtree(home, ignore_errors=True)


if __name__ == "__main__":
    main()
