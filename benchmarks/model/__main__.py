"""`python -m benchmarks.model`: the model beside the measured run, and what it says of growth."""

from pathlib import Path

import click

from benchmarks.model.assumptions import SLOW_BANK_MS
from benchmarks.model.benchmark import Benchmark, UnusableBenchmarkError
from benchmarks.model.check import Check
from benchmarks.model.costs import Costs
from benchmarks.model.growth import SHAPES, Growth
from benchmarks.model.tables import check_table, growth_table

_PATH = click.Path(path_type=Path, dir_okay=False, exists=True)


@click.command()
@click.option("--benchmark", "path", type=_PATH, default="docs/benchmark.json", show_default=True)
@click.option("--per-day", type=click.FloatRange(1), default=10_000_000, show_default=True)
@click.option("--peak", type=click.FloatRange(1), default=3, help="Times the mean.  [default: 3]")
@click.option("--bank-ms", type=click.FloatRange(0), default=SLOW_BANK_MS, show_default=True)
@click.option("--seed", default=1, show_default=True)
def main(path: Path, per_day: float, peak: float, bank_ms: float, seed: int) -> None:
    """Predict the rows of a benchmark, then deployments under many payouts a day."""
    try:
        benchmark = Benchmark.read(path)
    except UnusableBenchmarkError as error:
        raise click.ClickException(str(error)) from error
    for line in check_table(Check(benchmark, seed).predictions()):
        click.echo(line)
    costs = Costs.of(benchmark)
    if benchmark.has_mixed:
        factor, costs = costs.mixed_factor(), costs.as_mixed()
        click.echo(
            f"\nIn the mixture work costs more than alone: web {factor.web:.2f} times, worker"
            f" {factor.worker:.2f}, PostgreSQL {factor.database:.2f}. Below it costs that."
        )
    growths = [Growth(shape, costs, per_day, peak, bank_ms) for shape in SHAPES]
    click.echo(
        f"\n{per_day:,.0f} payouts a day, {growths[0].per_second:,.0f}/s at the peak, with 7 reads"
        f" for 3 payouts; the bank takes {bank_ms:.0f} ms\n"
    )
    for line in growth_table(growths, seed):
        click.echo(line)


if __name__ == "__main__":
    main()
