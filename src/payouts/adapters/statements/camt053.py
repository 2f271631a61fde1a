"""Bank statements in ISO 20022 XML: BankToCustomerStatement, camt.053, of any version.

Elements are found by their local names: each version has a namespace of its own, and the elements
that are read here have had the same names since version 2.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO, Final, override
from xml.etree.ElementTree import Element, ParseError, TreeBuilder

from defusedxml.ElementTree import XMLParser, iterparse

from payouts.adapters.statements.camt053_entry import read_entry
from payouts.adapters.statements.camt053_period import read_period
from payouts.domain.statement import (
    Period,
    StatementEntry,
    UnreadableEntry,
    UnreadableStatementError,
)

Item = Period | StatementEntry | UnreadableEntry

# An attribute that we add, because the elements of ElementTree do not know their lines.
_LINE: Final = "line"


def read_camt053(path: Path) -> Iterator[Item]:
    """Read a file as a stream: the booked entries of each statement, then its period.

    An entry that cannot be read becomes an UnreadableEntry. Raises UnreadableStatementError if the
    file is not a camt.053 statement, or its period cannot be read.
    """
    try:
        with path.open("rb") as file:
            yield from _read(file, path.name)
    except OSError as error:
        raise UnreadableStatementError(f"{path}: {error.strerror}") from error
    except (ParseError, ValueError) as error:
        raise UnreadableStatementError(f"{path}: not a camt.053 statement: {error}") from error


def _read(file: BinaryIO, name: str) -> Iterator[Item]:
    statements = entries = 0
    booked_days: set[str] = set()
    for element, parent in _ended_elements(file):
        if _name(element) == "Stmt":
            statements += 1
            yield read_period(element, booked_days)
            booked_days.clear()
        elif _name(element) == "Ntry" and _name(parent) == "Stmt":
            entries += 1
            place = f"entry {entries} (line {element.get(_LINE)}) of {name}"
            for entry in read_entry(element, place):
                booked_days.add(entry.booked_day)
                yield entry
            # A statement may have a million entries, more than memory holds.
            parent.remove(element)
    if not statements:
        raise ValueError("it has no Stmt")


def _ended_elements(file: BinaryIO) -> Iterator[tuple[Element, Element]]:
    """Yield each element but the root as soon as it is complete, with its parent."""
    open_elements: list[Element] = []
    builder = _LineNumbers()
    builder.parser = XMLParser(target=builder, forbid_dtd=True)
    try:
        for event, element in iterparse(file, events=("start", "end"), parser=builder.parser):
            if event == "start":
                open_elements.append(element)
                continue
            open_elements.pop()
            if open_elements:
                yield element, open_elements[-1]
    except LookupError as error:
        # The XML declaration names an encoding that Python does not know.
        raise ValueError(str(error)) from error


class _LineNumbers(TreeBuilder):
    """Adds to each Ntry the line in which it starts."""

    parser: Any = None

    @override
    def start(self, tag: Any, attrs: Any, /) -> Element:
        element = super().start(tag, attrs)
        if _name(element) == "Ntry":
            element.set(_LINE, str(self.parser.parser.CurrentLineNumber))
        return element


def _name(element: Element) -> str:
    return element.tag.rpartition("}")[2]
