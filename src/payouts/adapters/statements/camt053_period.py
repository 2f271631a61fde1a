"""The time for which a camt.053 statement is complete."""

from collections.abc import Set as AbstractSet
from datetime import datetime
from xml.etree.ElementTree import Element

from payouts.adapters.statements.xml_schema import Moment, read_moment
from payouts.domain.statement import Period

# ISO 20022 BalanceType12Code: closing booked balance, of the last day of the statement.
_CLOSING_BALANCE = "CLBD"


def read_period(statement: Element, booked_days: AbstractSet[str]) -> Period:
    """Return the period that FrToDt names, unbounded if it names none; raise ValueError.

    `booked_days` are the days (ISO 8601) on which entries of the statement were booked.

    An end at exactly 00:00:00 is ambiguous: some banks mean the end of the day before, others the
    end of the day that begins then. That day counts as part of the period unless the closing
    balance is of an earlier day, nothing was booked on that day, and the period has another day. A
    payout that is reported missing by mistake is looked into; one that is not reported is not.
    """
    since = _moment(statement, "{*}FrToDt/{*}FrDtTm")
    last = _moment(statement, "{*}FrToDt/{*}ToDtTm")
    if not last:
        return Period(since=since.start if since else None)
    until = last.end
    if last.is_midnight:
        ends_before = _ends_before(last.day, booked_days, _closing_days(statement))
        has_other_days = since is None or since.start < last.start
        until = last.start if ends_before and has_other_days else last.end_of_day
    return _ordered(since, until)


def _ordered(since: Moment | None, until: datetime) -> Period:
    if since and until <= since.start:
        raise ValueError("its period ends before it begins")
    return Period(since=since.start if since else None, until=until)


def _ends_before(day: str, booked_days: AbstractSet[str], closing_days: AbstractSet[str]) -> bool:
    return bool(closing_days) and max(closing_days | booked_days) < day


def _closing_days(statement: Element) -> set[str]:
    balances = [
        balance
        for balance in statement.findall("{*}Bal")
        if (balance.findtext("{*}Tp/{*}CdOrPrtry/{*}Cd") or "").strip() == _CLOSING_BALANCE
    ]
    moments = [
        _moment(balance, "{*}Dt/{*}Dt") or _moment(balance, "{*}Dt/{*}DtTm") for balance in balances
    ]
    return {moment.day for moment in moments if moment}


def _moment(element: Element, path: str) -> Moment | None:
    text = (element.findtext(path) or "").strip()
    return read_moment(text) if text else None
