"""The two tables at the end, in plain text: figures beside their floors, and CPU time."""

from collections.abc import Iterable, Sequence
from statistics import median

from benchmarks.row import Bound, Row

COLUMNS = 100
_TITLES = ("", "median", "min..max", "floor", "min..max", "ratio", "target")
_WIDTHS = (31, 10, 14, 7, 14, 7, 8)
_CPU_TITLES = ("CPU time, ms each", "web", "worker", "PostgreSQL", "Redis")
_CPU_WIDTHS = (31, 10, 10, 12, 10)
_SIGNS = {Bound.AT_LEAST: ">=", Bound.AT_MOST: "<="}


def table(rows: Iterable[Row], *, judged: bool) -> str:
    lines = [_line(_TITLES, _WIDTHS)]
    for row in rows:
        lines.append(_line(_cells(row), _WIDTHS) + ("  short" * (judged and not row.passes)))
        lines += [f"    {text}"[:COLUMNS] for text in (row.note, *row.faults) if text]
    return "\n".join(lines)


def cpu_table(rows: Iterable[Row]) -> str:
    lines = [_line(_CPU_TITLES, _CPU_WIDTHS)]
    for row in rows:
        if row.cpu_ms:
            cells = [f"{row.cpu_ms[n]:.2f}" if n in row.cpu_ms else "" for n in _CPU_TITLES[1:]]
            lines.append(_line([row.name, *cells], _CPU_WIDTHS))
    return "\n".join(lines)


def judged_and_target(row: Row) -> str:
    """Return for example `0.42 (>= 0.4)`."""
    unit = "" if row.floor_figures else row.unit
    return f"{_number(row.judged)}{unit} ({_target(row)})"


def _cells(row: Row) -> tuple[str, ...]:
    return (
        row.name[: _WIDTHS[0]],
        _number(median(row.figures)) + row.unit,
        _spread(row.figures),
        _number(median(row.floor_figures)) if row.floor_figures else "",
        _spread(row.floor_figures),
        f"{row.judged:.2f}" if row.floor_figures else "",
        _target(row),
    )


def _target(row: Row) -> str:
    return "" if row.target is None else f"{_SIGNS[row.bound]} {row.target:g}"


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    first, *others = zip(cells, widths, strict=True)
    return (f"{first[0]:{first[1]}}" + "".join(f"{c:>{w}}" for c, w in others)).rstrip()


def _spread(figures: Sequence[float]) -> str:
    return f"{_number(min(figures))}..{_number(max(figures))}" if len(figures) > 1 else ""


def _number(figure: float) -> str:
    return f"{figure:.0f}" if abs(figure) >= 100 else f"{figure:.3g}"
