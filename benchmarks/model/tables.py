"""The two tables, in plain text of 100 columns at most."""

from collections.abc import Iterable, Iterator, Sequence

from benchmarks.model.check import Prediction
from benchmarks.model.growth import AT_MOST, Growth, Times

_CHECK_WIDTHS = (34, 12, 12, 9)
_NAME_WIDTH, _WIDTH = 25, 15


def check_table(predictions: Iterable[Prediction]) -> Iterator[str]:
    yield _cells(("row", "predicted", "measured", "error"), _CHECK_WIDTHS)
    for each in predictions:
        name = f"{each.key}, {each.what}" + (", at its own cost" if each.at_own_cost else "")
        cells = (name, _number(each.predicted), _number(each.measured), f"{each.error:+.0%}")
        yield _cells(cells, _CHECK_WIDTHS)


def growth_table(growths: Sequence[Growth], seed: int) -> Iterator[str]:
    """Yield a line for each figure, with a column for each deployment."""
    widths = (_NAME_WIDTH, *(_WIDTH for _ in growths))
    times = [each.times(seed) for each in growths]
    for name, cells in (*_about(growths), *_loads(growths), *_times(times), *_ends(growths)):
        yield _cells((name, *cells), widths)


type _Lines = Iterator[tuple[str, Sequence[str]]]


def _about(growths: Sequence[Growth]) -> _Lines:
    yield "", [each.shape.name for each in growths]
    yield "web, worker processes", [f"{g.shape.web}, {g.shape.workers}" for g in growths]
    yield "database connections", [str(each.shape.connections) for each in growths]


def _loads(growths: Sequence[Growth]) -> _Lines:
    loads = [each.loads() for each in growths]
    for name in dict.fromkeys(name for each in loads for name in each):
        yield f"busy: {name}", [f"{each[name]:.0%}" if name in each else "" for each in loads]
    yield "gives way first", [each.first() for each in growths]


def _times(times: Sequence[Times | None]) -> _Lines:
    def pair(p50: float, p99: float) -> str:
        return f"{_number(p50)}, {_number(p99)}"

    yield (
        "request, p50, p99 ms",
        [pair(t.request_p50, t.request_p99) if t else "grows" for t in times],
    )
    yield (
        "to COMPLETED, p50, p99 ms",
        [pair(t.completed_p50, t.completed_p99) if t else "grows" for t in times],
    )


def _ends(growths: Sequence[Growth]) -> _Lines:
    yield f"most a day at {AT_MOST:.0%}", [f"{g.most_per_day() / 1e6:.1f} million" for g in growths]
    yield "backlog, minutes", [_number(each.backlog_minutes()) for each in growths]
    unbounded = [each.backlog_minutes(most_rung=float("inf")) for each in growths]
    yield "backlog, all rung for", [_number(each) for each in unbounded]


def _cells(cells: Sequence[str], widths: Sequence[int]) -> str:
    first, *others = zip(cells, widths, strict=True)
    return (f"{first[0]:{first[1]}}" + "".join(f"{c:>{w}}" for c, w in others)).rstrip()


def _number(figure: float) -> str:
    if figure == float("inf"):
        return "never"
    return f"{figure:,.0f}" if figure >= 100 else f"{figure:.3g}"
