"""The report of a reconciliation, as a table and as JSON."""

import json
import sys
from collections.abc import Iterable
from itertools import chain
from shutil import copyfileobj
from textwrap import indent
from typing import Any, TextIO

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from payouts.domain.statement import Finding, Match, StatementEntry

# In a file or a pipe, rows are not folded.
_WIDE = 200
_STYLES = {
    Match.MISSING: "red",
    Match.UNEXPECTED: "red",
    Match.DIFFERING: "red",
    Match.UNREADABLE: "red",
    Match.RETURNED: "yellow",
    Match.OPEN: "yellow",
    Match.MATCHED: "green",
}
_MEANINGS = {
    Match.MISSING: "COMPLETED here, and not at the bank",
    Match.UNEXPECTED: "at the bank, and without a payout",
    Match.DIFFERING: "at both, and not the same",
    Match.UNREADABLE: "at the bank, and cannot be read",
    Match.RETURNED: "COMPLETED, and sent back by the bank later",
    Match.OPEN: "at the bank; here workers still ask about it",
    Match.MATCHED: "at both, and the same",
}


class Reconciliation:
    """All findings. Matched ones, of which there may be millions, are only counted.

    Their JSON is written to `matched`, if that is given, until the report is printed.
    """

    def __init__(self, findings: Iterable[Finding], *, matched: TextIO | None = None) -> None:
        self._counts = dict.fromkeys(Match, 0)
        self._listed: dict[Match, list[Finding]] = {
            match: [] for match in Match if match is not Match.MATCHED
        }
        self._matched = matched
        for finding in findings:
            if finding.match is Match.MATCHED:
                self._write_matched(finding)
            else:
                self._listed[finding.match].append(finding)
            self._counts[finding.match] += 1

    @property
    def has_differences(self) -> bool:
        return any(count and match.is_difference for match, count in self._counts.items())

    def print_json(self) -> None:
        counts = {match.value: count for match, count in self._counts.items()}
        lists = {
            match.value: [_to_json(finding) for finding in found]
            for match, found in self._listed.items()
        }
        text = json.dumps({"counts": counts, **lists, Match.MATCHED.value: []}, indent=1)
        end = "]\n}"
        click.echo(text.removesuffix(end), nl=False)
        if self._matched and self._counts[Match.MATCHED]:
            self._matched.seek(0)
            copyfileobj(self._matched, sys.stdout)
            end = f"\n {end}"
        click.echo(end)

    def _write_matched(self, finding: Finding) -> None:
        if self._matched:
            separator = ",\n" if self._counts[Match.MATCHED] else "\n"
            text = indent(json.dumps(_to_json(finding), indent=1), "  ")
            self._matched.write(separator + text)

    def print_table(self) -> None:
        console = Console(highlight=False)
        if not console.is_terminal:
            console.width = _WIDE
        summary = Table(box=None, show_header=False)
        for match, count in self._counts.items():
            style = _STYLES[match] if count else "dim"
            summary.add_row(str(count), match.value, _MEANINGS[match], style=style)
        console.print(summary)
        if any(self._listed.values()):
            console.print(self._lines())

    def _lines(self) -> Table:
        lines = Table("", "payout", "reference", "here", "at the bank", "", box=None)
        for finding in chain.from_iterable(self._listed.values()):
            fields = _to_json(finding)
            shown = ("match", "payout_id", "reference", "expected", "found", "detail")
            # As Text, because a plain string is read as markup.
            texts = [Text(escape(str(fields[name] or ""))) for name in shown]
            lines.add_row(*texts, style=_STYLES[finding.match])
        return lines


def escape(text: str) -> str:
    """Write characters that control a terminal, or cannot be seen, as escape sequences."""
    return "".join(
        each if each.isprintable() else each.encode("unicode_escape").decode() for each in text
    )


def _to_json(finding: Finding) -> dict[str, Any]:
    payout, entry = finding.payout, finding.entry
    return {
        "match": finding.match.value,
        "reference": payout.order.reference if payout else entry and entry.reference,
        "payout_id": payout.id if payout else None,
        "status": payout.status.value if payout else None,
        "expected": str(payout.order.terms.money) if payout else None,
        "found": entry.money if isinstance(entry, StatementEntry) else None,
        "booked_at": (entry and entry.booked_at) or None,
        "bank_reference": (entry and entry.bank_reference) or None,
        "detail": finding.detail or None,
    }
