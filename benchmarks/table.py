"""The table at the end: plain text, 100 columns at most."""

from collections.abc import Iterable, Sequence
from statistics import median

from benchmarks.row import Row, Sense

COLUMNS = 100
_TITLES = ("", "median", "min..max", "floor", "min..max", "ratio", "target")
_WIDTHS = (31, 10, 14, 7, 14, 7, 8)
_SIGNS = {Sense.AT_LEAST: ">=", Sense.AT_MOST: "<="}


def table(rows: Iterable[Row], *, judged: bool) -> str:
    lines = [_line(_TITLES, "")]
    for row in rows:
        lines.append(_line(_cells(row), "  short" if judged and not row.holds else ""))
        lines += [f"    {text}"[:COLUMNS] for text in (row.note, *row.faults) if text]
    return "\n".join(lines)


def figure_and_target(row: Row) -> str:
    """Say in a few words what is judged: 0.42 (>= 0.4)."""
    unit = "" if row.floor_figures else row.unit
    return f"{_number(row.judged)}{unit} ({_SIGNS[row.sense]} {row.target:g})"


def _cells(row: Row) -> tuple[str, ...]:
    return (
        row.name[: _WIDTHS[0]],
        _number(median(row.figures)) + row.unit,
        _spread(row.figures),
        _number(median(row.floor_figures)) if row.floor_figures else "",
        _spread(row.floor_figures),
        f"{row.judged:.2f}" if row.floor_figures else "",
        f"{_SIGNS[row.sense]} {row.target:g}",
    )


def _line(cells: Sequence[str], verdict: str) -> str:
    first, *others = zip(cells, _WIDTHS, strict=True)
    cut = "".join(f"{cell:>{width}}" for cell, width in others)
    return f"{first[0]:{first[1]}}{cut}{verdict}".rstrip()


def _spread(figures: Sequence[float]) -> str:
    return f"{_number(min(figures))}..{_number(max(figures))}" if len(figures) > 1 else ""


def _number(figure: float) -> str:
    return f"{figure:.0f}" if abs(figure) >= 100 else f"{figure:.3g}"
