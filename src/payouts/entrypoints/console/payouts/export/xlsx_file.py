"""Rows as an Excel workbook.

XlsxWriter makes the workbook without rows. The rows are written into its sheet here, straight into
the compressed file: XlsxWriter itself takes ten times as long, and 200 MB of temporary files for
200,000 rows. Cells are texts, which no program takes for formulas, or numbers.
"""

import re
from collections.abc import Iterable, Sequence
from io import BytesIO
from itertools import batched
from pathlib import Path
from typing import Final
from xml.sax.saxutils import escape
from zipfile import ZIP_DEFLATED, ZipFile

import xlsxwriter

_SHEET: Final = "xl/worksheets/sheet1.xml"
_SAMPLES: Final = re.compile('(<row r="2".*</row>)')
_STYLE: Final = re.compile('s="([0-9]+)"')
_DIMENSION: Final = re.compile("<dimension [^>]*/>")
_DECIMALS: Final = 4
# Excel keeps as many digits of a number.
_EXACT_DIGITS: Final = 15
_ROWS_AT_ONCE: Final = 500
# XML has no way to write these.
_NOT_IN_XML: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
# Excel reads such a text as the character with this number.
_ESCAPE: Final = re.compile("_(?=x[0-9A-Fa-f]{4}_)")


def write_xlsx(
    path: Path, header: Sequence[str], rows: Iterable[Sequence[str]], *, number: str
) -> None:
    """`number` names the column whose cells are numbers, in plain decimal notation."""
    column = header.index(number)
    with ZipFile(BytesIO(_empty_workbook(header))) as empty, ZipFile(path, "w", ZIP_DEFLATED) as to:
        for name in empty.namelist():
            if name != _SHEET:
                to.writestr(name, empty.read(name))
        sheet = empty.read(_SHEET).decode()
        start, samples, end = _SAMPLES.split(sheet)
        styles = _STYLE.findall(samples)
        with to.open(_SHEET, "w", force_zip64=True) as file:
            # The dimension says where the last row is, which is not known yet.
            file.write(_DIMENSION.sub("", start).encode())
            for batch in batched(rows, _ROWS_AT_ONCE):
                file.write("".join(_row(cells, column, styles) for cells in batch).encode())
            file.write(end.encode())


def _empty_workbook(header: Sequence[str]) -> bytes:
    """Make a workbook with the header, and a row of numbers with 0, 1, 2, ... decimals."""
    file = BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True}) as workbook:
        sheet = workbook.add_worksheet("Payouts")
        sheet.freeze_panes(1, 0)
        sheet.set_column(0, len(header) - 1, 18)
        sheet.write_row(0, 0, header, workbook.add_format({"bold": True}))
        for decimals in range(_DECIMALS + 1):
            point = f".{'0' * decimals}" if decimals else ""
            sheet.write_number(1, decimals, 0, workbook.add_format({"num_format": f"#,##0{point}"}))
    return file.getvalue()


def _row(cells: Sequence[str], number_at: int, styles: Sequence[str]) -> str:
    texts = [
        _number(cell, styles) if column == number_at else _text(cell)
        for column, cell in enumerate(cells)
    ]
    return f"<row>{''.join(texts)}</row>"


def _text(cell: str) -> str:
    if not cell:
        return "<c/>"
    text = escape(_ESCAPE.sub("_x005F_", _NOT_IN_XML.sub("", cell)))
    return f'<c t="inlineStr"><is><t xml:space="preserve">{text}</t></is></c>'


def _number(cell: str, styles: Sequence[str]) -> str:
    """Write a number; one that has too many digits for it as text."""
    integer, _, decimals = cell.partition(".")
    if len(integer) + len(decimals) > _EXACT_DIGITS or len(decimals) > _DECIMALS:
        return _text(cell)
    return f'<c s="{styles[len(decimals)]}"><v>{cell}</v></c>'
