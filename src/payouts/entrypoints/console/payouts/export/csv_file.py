"""Rows as a CSV file that spreadsheet programs open without running anything in it."""

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

# What a cell may start with to be taken for a formula (OWASP, "CSV injection").
_STARTS_FORMULA: Final = tuple("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")


def write_csv(path: Path, header: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Write UTF-8 with a byte order mark, by which Excel knows it."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        writer.writerows([_defuse(cell) for cell in row] for row in rows)


def _defuse(cell: str) -> str:
    """Put an apostrophe, which makes it text, before what would be a formula."""
    return f"'{cell}" if cell.startswith(_STARTS_FORMULA) else cell
