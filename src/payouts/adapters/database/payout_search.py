"""Payouts as operators look for them: by filters and a text, in pages of any depth.

Each filter and search has an index, and reads a limited number of rows however many there are.
"""

import re
from dataclasses import dataclass, fields
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from django.db import connection
from psycopg.types.datetime import TimestamptzLoader

from payouts.adapters.database import keyset
from payouts.adapters.database.overview import ATTENTION
from payouts.adapters.database.recipient_search import find_recipients
from payouts.adapters.database.rows import Row
from payouts.application.read_models import Page, Position
from payouts.domain.money import Currency, Money
from payouts.domain.payout import Deferral
from payouts.domain.status import PayoutStatus

# A text that matches more recipients finds payouts to some of them.
MAX_RECIPIENTS: Final = 50
_ID = re.compile("#?([0-9]{1,18})", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class PayoutSearch:
    """What an operator looks for; a filter that is None or "" selects all.

    `created_from` is inclusive, `created_before` is not. The text is a whole id, reference or
    idempotency key; or it names the recipient: the external id, the beginning of words of the name,
    the last four characters of the account number, or all of it if `by_whole_account`.
    `attention` is a key of ATTENTION.
    """

    text: str = ""
    by_whole_account: bool = False
    status: PayoutStatus | None = None
    currency: str = ""
    recipient_id: int | None = None
    created_from: datetime | None = None
    created_before: datetime | None = None
    needs_review: bool | None = None
    failure_code: str = ""
    returned: bool | None = None
    deleted: bool | None = None
    attention: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PayoutRow:
    """A payout with what explains its state; the names are those of the columns.

    `read_at` is the database's time, by which it is due or leased. An absent text is "".
    """

    id: int
    reference: str
    idempotency_key: str
    recipient_id: int
    amount: Decimal
    currency: str
    minor_units: int
    recipient_name_snapshot: str
    account_number_snapshot: str
    bank_code_snapshot: str
    remittance_information: str
    status: PayoutStatus
    failure_code: str
    failure_reason: str
    needs_review: bool
    attempt: int
    deferral: Deferral
    next_attempt_at: datetime | None
    lease_expires_at: datetime | None
    created_at: datetime
    updated_at: datetime
    completed_at: datetime | None
    returned_at: datetime | None
    deleted_at: datetime | None
    read_at: datetime

    @property
    def money(self) -> Money:
        return Money(self.amount, Currency(self.currency, self.minor_units))

    @property
    def is_leased(self) -> bool:
        return self.lease_expires_at is not None and self.lease_expires_at > self.read_at


@dataclass(frozen=True, slots=True)
class FoundPayouts:
    """A page. `is_limited`: the text matches more recipients than are looked at."""

    page: Page[PayoutRow]
    is_limited: bool


_COLUMNS = ", ".join(
    "now() AS read_at" if field.name == "read_at" else f"payout.{field.name}"
    for field in fields(PayoutRow)
)
_PAGE = f"""
SELECT {_COLUMNS} FROM payouts_payout AS payout
WHERE {{conditions}} ORDER BY {{order}} LIMIT {{limit}}
"""
# Each branch finds at most a page, and a page is cut from them before its rows are read. Of each
# recipient no more than a page is looked at, so that a text which matches recipients with a million
# payouts costs as much as any other.
_SEARCH = f"""
SELECT {_COLUMNS} FROM payouts_payout AS payout WHERE id = ANY (ARRAY(SELECT id FROM (
    SELECT id, created_at FROM payouts_payout WHERE reference = %(reference)s AND {{conditions}}
    UNION
    SELECT id, created_at FROM payouts_payout WHERE idempotency_key = %(key)s AND {{conditions}}
    UNION
    SELECT id, created_at FROM payouts_payout WHERE id = %(id)s AND {{conditions}}
    UNION
    SELECT found.id, found.created_at FROM unnest(%(recipients)s::bigint[]) AS recipient(id)
    CROSS JOIN LATERAL (
        SELECT id, created_at FROM payouts_payout
        WHERE recipient_id = recipient.id AND {{conditions}}
        ORDER BY {{order}} LIMIT {{limit}}
    ) AS found
) AS found ORDER BY {{order}} LIMIT {{limit}}))
ORDER BY {{order}}
"""
_ONE = f"SELECT {_COLUMNS} FROM payouts_payout AS payout WHERE id = %(id)s"
_TO_RECIPIENT = f"""
SELECT {_COLUMNS} FROM payouts_payout AS payout
WHERE recipient_id = %(recipient_id)s AND id <> %(except_id)s {{condition}}
ORDER BY created_at DESC, id DESC LIMIT {{limit}}
"""
_CONDITIONS = {
    "currency": "currency = %(currency)s",
    "recipient_id": "recipient_id = %(recipient_id)s",
    "created_from": "created_at >= %(created_from)s",
    "created_before": "created_at < %(created_before)s",
    "status": "status = %(status)s",
    # The condition of the index.
    "failure_code": "failure_code = %(failure_code)s AND NOT failure_code = ''",
}
_FLAGS = {
    "needs_review": "needs_review",
    "returned": "returned_at IS NOT NULL",
    "deleted": "deleted_at IS NOT NULL",
}


def find_payouts(search: PayoutSearch, *, size: int, position: Position | None) -> FoundPayouts:
    """Return a page of payouts, newest first."""
    parameters = _parameters(search) | keyset.parameters(position)
    conditions = [keyset.NEWEST_FIRST.condition(position), *_conditions(search)]
    recipients = []
    if search.text:
        recipients = find_recipients(
            search.text,
            limit=MAX_RECIPIENTS + 1,
            by_whole_account=search.by_whole_account,
            by_id=False,  # a number is the id of a payout
        )
        parameters |= _text_parameters(search.text, recipients[:MAX_RECIPIENTS])
    sql = (_SEARCH if search.text else _PAGE).format(
        conditions=" AND ".join(conditions),
        order=keyset.NEWEST_FIRST.order(position),
        limit=keyset.limit(size),
    )
    page = keyset.NEWEST_FIRST.to_page(
        _rows(sql, parameters), _to_view, size=size, position=position
    )
    return FoundPayouts(page, is_limited=len(recipients) > MAX_RECIPIENTS)


def find_payout(payout_id: int) -> PayoutRow | None:
    """Look up a payout, deleted or not."""
    rows = _rows(_ONE, {"id": payout_id})
    return _to_view(rows[0]) if rows else None


def latest_payouts(
    *, recipient_id: int, except_id: int, limit: int, include_deleted: bool
) -> list[PayoutRow]:
    """Return the newest payouts to a recipient, other than one."""
    condition = "" if include_deleted else "AND deleted_at IS NULL"
    sql = _TO_RECIPIENT.format(condition=condition, limit=int(limit))
    rows = _rows(sql, {"recipient_id": recipient_id, "except_id": except_id})
    return [_to_view(row) for row in rows]


def _parameters(search: PayoutSearch) -> dict[str, Any]:
    return {
        name: value for name in _CONDITIONS if (value := getattr(search, name)) not in {None, ""}
    }


def _conditions(search: PayoutSearch) -> list[str]:
    given = [_CONDITIONS[name] for name in _parameters(search)]
    if search.text:
        given = [_filter_only(condition, search.status) for condition in given]
    if search.attention:
        given.append(f"({ATTENTION[search.attention]})")
    flags = {name: getattr(search, name) for name in _FLAGS}
    return given + [
        _FLAGS[name] if wanted else f"NOT ({_FLAGS[name]})"
        for name, wanted in flags.items()
        if wanted is not None
    ]


def _filter_only(condition: str, status: PayoutStatus | None) -> str:
    """Keep a condition that many payouts meet away from its index.

    PostgreSQL would read all of that index for each recipient, to combine it with the recipient's.
    """
    is_common = condition == _CONDITIONS["currency"] or (
        condition == _CONDITIONS["status"] and status is not None and status.is_terminal
    )
    return f"coalesce({condition}, false)" if is_common else condition


def _text_parameters(text: str, recipients: list[int]) -> dict[str, Any]:
    id_ = _ID.fullmatch(text)
    return {
        "id": int(id_.group(1)) if id_ else None,
        "reference": text.lower(),
        "key": text,
        "recipients": recipients,
    }


def _rows(sql: str, parameters: dict[str, Any]) -> list[Row]:
    """Run a statement whose plan is made for its parameters: some values are rare, some are not."""
    with connection.cursor() as cursor:
        # Django's own loader is written in Python, and takes a third of the time of an export.
        cursor.adapters.register_loader("timestamptz", TimestamptzLoader)
        cursor.execute(sql, parameters)
        names = [column.name for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def _to_view(row: Row) -> PayoutRow:
    return PayoutRow(
        **row | {"status": PayoutStatus(row["status"]), "deferral": Deferral(row["deferral"])}
    )
