"""Prints the report of a run as tables."""

from collections import Counter

from rich.console import Console
from rich.table import Column, Table

from chaos.fault_coverage import Coverage
from chaos.invariants.catalogue import INVARIANTS
from chaos.report import Report

_MOST_SHOWN = 20


def print_report(report: Report, console: Console) -> None:
    for table in (_faults(report), _bank_behaviours(report), _invariants(report)):
        console.print(table)
    for violation in report.violations[:_MOST_SHOWN]:
        where = f" (payout {violation.payout_id})" if violation.payout_id else ""
        console.print(f"[red]{violation.invariant}[/red]{where}: {violation.text}")
    if len(report.violations) > _MOST_SHOWN:
        console.print(f"... and {len(report.violations) - _MOST_SHOWN} more")
    for name in report.untested_faults:
        console.print(f"[red]{name}[/red] never took effect while a payout was unfinished")
    console.print(_summary(report))
    console.print(f"Repeat: {report.command}", soft_wrap=True)


def _faults(report: Report) -> Table:
    table = Table(
        "fault", *(_right(name) for name in ("times", "payouts", "violations")), "coverage"
    )
    for each in report.faults():
        numbers = (str(number) for number in (each.times, each.payouts, each.violations))
        is_bad = each.violations or each.coverage == Coverage.NOT_TESTED
        table.add_row(each.name, *numbers, each.coverage, style="red" if is_bad else None)
    return table


def _bank_behaviours(report: Report) -> Table:
    table = Table("bank behaviour", _right("payouts"), _right("violations"))
    for each in report.bank_behaviours():
        style = "red" if each.violations else None
        table.add_row(each.name, str(each.payouts), str(each.violations), style=style)
    return table


def _invariants(report: Report) -> Table:
    violations = Counter(violation.invariant for violation in report.violations)
    table = Table("invariant", "", _right("violations"))
    for name, (text, _) in INVARIANTS.items():
        table.add_row(name, text, str(violations[name]), style="red" if violations[name] else None)
    return table


def _summary(report: Report) -> str:
    records = report.records
    statuses = ", ".join(f"{count} {name}" for name, count in sorted(report.statuses.items()))
    return (
        f"{len(records.payouts)} payouts ({statuses}), {len(records.ledger)} transfers, "
        f"{len(records.clients.calls)} requests, the slowest {report.slowest_request_seconds:.1f} "
        f"s, {len(records.feed)} events, {len(records.webhooks)} webhooks of which "
        f"{report.failed_webhooks} failed, {len(records.faults)} faults, {report.seconds:.0f} s"
    )


def _right(name: str) -> Column:
    return Column(name, justify="right")
