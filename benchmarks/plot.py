"""The picture of a report: how far each row is above or below its target."""

from pathlib import Path

import matplotlib as mpl

mpl.use("Agg")
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, NullFormatter

from benchmarks.report import Report
from benchmarks.row import Row
from benchmarks.table import judged_and_target

# A background of its own, because no ink is readable on both light and dark pages.
_BACKGROUND, _INK, _FAINT, _PASSES, _SHORT = "#ffffff", "#24292f", "#d0d7de", "#2f7d4f", "#b3402e"
_WIDTH_INCHES, _ROW_INCHES, _MARGIN_INCHES = 9, 0.34, 1.5
_MARGIN = 1.3
_DOTS_PER_INCH = 144


def draw(report: Report, path: Path) -> None:
    """Write a picture of all rows with a target, in the format that the file name ends with."""
    rows = [row for row in report.rows[::-1] if row.target is not None]
    size = (_WIDTH_INCHES, _MARGIN_INCHES + _ROW_INCHES * len(rows))
    figure, axes = plt.subplots(figsize=size, layout="constrained", facecolor=_BACKGROUND)
    axes.set_facecolor(_BACKGROUND)
    for place, row in enumerate(rows):
        _draw_row(axes, place, row)
    axes.axvline(1, color=_INK, linewidth=1)
    axes.set_xscale("log")
    times = [row.times_target for row in rows]
    axes.set_xlim(min(*times, 0.5) / _MARGIN, max(*times, 2) * _MARGIN)
    axes.xaxis.set_major_formatter(FuncFormatter(lambda x, _place: f"{x:g}x"))
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.set_yticks(range(len(rows)), [row.name for row in rows], color=_INK)
    axes.tick_params(axis="both", colors=_INK, length=0)
    axes.spines[:].set_visible(False)
    axes.set_xlabel("times as good as its target", color=_INK)
    axes.set_title(
        f"make bench, {report.machine['cores']} cores, {report.plan.payouts:,} payouts,"
        f" PostgreSQL {report.machine['postgresql']}, {report.at:%Y-%m-%d}",
        color=_INK,
        loc="left",
    )
    figure.savefig(path, dpi=_DOTS_PER_INCH)
    plt.close(figure)


def _draw_row(axes: Axes, place: int, row: Row) -> None:
    colour = _PASSES if row.passes else _SHORT
    axes.hlines(place, 1, row.times_target, color=colour, linewidth=7, alpha=0.35)
    axes.plot(row.times_target, place, "o", color=colour, markersize=8)
    axes.annotate(
        judged_and_target(row),
        (row.times_target, place),
        xytext=(9 if row.times_target >= 1 else -9, 0),
        textcoords="offset points",
        horizontalalignment="left" if row.times_target >= 1 else "right",
        verticalalignment="center",
        fontsize=8,
        color=_INK,
    )
