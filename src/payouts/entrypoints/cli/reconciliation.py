"""The report of a reconciliation, as a table and as JSON."""

import json
from collections.abc import Iterable, Iterator
from typing import Any

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
    """All findings, by the result of the comparison."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        self._by_match: dict[Match, list[Finding]] = {match: [] for match in Match}
        for finding in findings:
            self._by_match[finding.match].append(finding)

    @property
    def has_differences(self) -> bool:
        return any(found and match.is_difference for match, found in self._by_match.items())

    def as_json(self) -> str:
        counts = {match.value: len(found) for match, found in self._by_match.items()}
        lists = {
            match.value: [_to_json(finding) for finding in found]
            for match, found in self._by_match.items()
        }
        return json.dumps({"counts": counts, **lists}, indent=1)

    def print_table(self) -> None:
        console = Console(highlight=False)
        if not console.is_terminal:
            console.width = _WIDE
        summary = Table(box=None, show_header=False)
        for match, found in self._by_match.items():
            style = _STYLES[match] if found else "dim"
            summary.add_row(str(len(found)), match.value, _MEANINGS[match], style=style)
        console.print(summary)
        if any(self._worth_a_line()):
            console.print(self._lines())

    def _worth_a_line(self) -> Iterator[Finding]:
        for match, found in self._by_match.items():
            if match is not Match.MATCHED:
                yield from found

    def _lines(self) -> Table:
        lines = Table("", "payout", "reference", "here", "at the bank", "", box=None)
        for finding in self._worth_a_line():
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
