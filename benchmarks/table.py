"""The table at the end: plain text, 100 columns at most."""

from collections.abc import Iterable, Sequence
from statistics import median

from benchmarks.row import Row

_WIDTHS = (32, 8, 15, 8, 15, 6, 8)
_TITLES = ("", "median", "min..max", "floor", "min..max", "ratio", "target")


def table(rows: Iterable[Row]) -> str:
    lines = [_line(_TITLES, "")]
    for row in rows:
        lines.append(_line(_cells(row), "" if row.holds else "  short"))
        lines += [f"    {text}" for text in (row.note, *row.faults) if text]
    return "\n".join(lines)


def _cells(row: Row) -> tuple[str, ...]:
    sign = ">=" if row.sense == "at least" else "<="
    return (
        f"{row.name}"[: _WIDTHS[0]],
        _number(median(row.figures)) + row.unit,
        _spread(row.figures),
        _number(median(row.floor_figures)) if row.floor_figures else "",
        _spread(row.floor_figures),
        f"{row.judged:.2f}" if row.floor_figures else "",
        f"{sign} {row.target:g}",
    )


def _line(cells: Sequence[str], verdict: str) -> str:
    first, *others = zip(cells, _WIDTHS, strict=True)
    return (
        f"{first[0]:{first[1]}}" + "".join(f"{cell:>{width}}" for cell, width in others) + verdict
    )


def _spread(figures: Sequence[float]) -> str:
    return f"{_number(min(figures))}..{_number(max(figures))}" if len(figures) > 1 else ""


def _number(figure: float) -> str:
    return f"{figure:.0f}" if figure >= 100 else f"{figure:.3g}"
