"""The command line of `python -m chaos`, which `make chaos` runs."""

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

from chaos.controls import CONTROLS, Control
from chaos.embedded import raising_signals
from chaos.faults.catalogue import FAULTS
from chaos.report import Report
from chaos.report_tables import print_report
from chaos.run import Plan, execute

# About how long it takes to inject each fault once, without a speedup.
_ROUND_SECONDS = 80
_STDERR = Console(stderr=True)


def _read_faults(_context: object, _parameter: object, text: str) -> list[str]:
    """Turn `all`, `none` or the beginnings of names, separated by commas, into faults."""
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
@click.option("--rate", type=float, default=20, show_default=True, help="Payouts per second.")
@click.option("--minutes", type=float, help="Create payouts for this long, instead of --payouts.")
@click.option("--seed", type=int, help="Repeats payouts and faults of a run.  [default: random]")
@click.option("--faults", callback=_read_faults, default="all", help="Names or their beginnings.")
@click.option(
    "--speedup",
    type=float,
    help="Divides the durations of faults.  [default: so that all are injected in time]",
)
@click.option("--control", type=click.Choice(list(CONTROLS)), help="Test one faulty service.")
@click.option("--controls", is_flag=True, help="Test all faulty services; all must be detected.")
@click.option("--json", "json_path", type=click.Path(path_type=Path), help="Also write a report.")
def main(
    *,
    payouts: int,
    rate: float,
    minutes: float | None,
    seed: int | None,
    faults: list[str],
    speedup: float | None,
    control: str | None,
    controls: bool,
    json_path: Path | None,
) -> None:
    """Create payouts, inject faults, and check that money moved exactly once."""
    count = round(minutes * 60 * rate) if minutes else payouts
    plan = Plan(
        payouts=count,
        rate=rate,
        seed=SystemRandom().randrange(10_000) if seed is None else seed,
        faults=faults,
        speedup=speedup or max(1, _ROUND_SECONDS * rate / count),
    )
    with raising_signals(signal.SIGTERM, signal.SIGHUP):
        if controls:
            missed = [name for name in CONTROLS if not _is_detected(CONTROLS[name], plan.seed)]
            sys.exit(f"not detected: {', '.join(missed)}" if missed else 0)
        if control:
            plan = CONTROLS[control].plan(plan.seed)
        sys.exit(0 if _run(plan, json_path).has_passed else 1)


def _is_detected(control: Control, seed: int) -> bool:
    _STDERR.rule(f"{control.name}: {control.description}")
    report = _run(control.plan(seed), None)
    is_detected = control.breaks in {violation.invariant for violation in report.violations}
    _STDERR.print(f"{control.breaks} is {'broken' if is_detected else '[red]not broken[/red]'}")
    return is_detected


def _run(plan: Plan, json_path: Path | None) -> Report:
    plan = replace(plan, command=_command(plan))
    with _home() as home:
        report = execute(plan, home=home, print_line=partial(_STDERR.print, soft_wrap=True))
        print_report(report, Console())
        if json_path:
            json_path.write_text(json.dumps(report.as_json(), indent=2) + "\n")
        if report.violations and not plan.is_control:
            kept = home.rename(home.with_name(f"{home.name}-kept"))
            _STDERR.print(f"Logs and data are kept in {kept}")
    return report


def _command(plan: Plan) -> str:
    names = ",".join(plan.faults) if set(plan.faults) != set(FAULTS) else "all"
    options = f"--payouts {plan.payouts} --rate {plan.rate:g} --seed {plan.seed}"
    return f'make chaos ARGS="{options} --speedup {plan.speedup:g} --faults {names or "none"}"'


@contextmanager
def _home() -> Iterator[Path]:
    home = Path(tempfile.mkdtemp(prefix="payouts-chaos."))
    # Under root, PostgreSQL runs as another user, which needs access to its data in here.
    home.chmod(0o711)
    try:
        yield home
    finally:
        shutil.rmtree(home, ignore_errors=True)


if __name__ == "__main__":
    main()
