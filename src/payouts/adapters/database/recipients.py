"""Recipients in PostgreSQL. Each change is one statement that writes row and history."""

from dataclasses import asdict, fields, replace
from datetime import datetime
from typing import Any

import structlog
from django.db import OperationalError, transaction
from psycopg.errors import LockNotAvailable
from psycopg.types.json import Jsonb

from payouts.adapters.database import keyset
from payouts.adapters.database.models import Recipient
from payouts.adapters.database.request_id import current_request_id
from payouts.adapters.database.rows import Row, query
from payouts.application.ports import RecipientChanges
from payouts.application.read_models import Page, Position, RecipientView
from payouts.domain.errors import (
    RecipientChangedError,
    RecipientLockedError,
    RecipientNotFoundError,
)
from payouts.domain.recipient import AccountNumber, RecipientDetails, RecipientType
from payouts.domain.recipient import Recipient as DomainRecipient
from payouts.domain.recipient_history import RecipientHistoryEntry

log = structlog.get_logger("payouts")

_COLUMNS = ", ".join(field.name for field in fields(RecipientView) if field.name != "account_type")
_DETAILS = [field.name for field in fields(RecipientDetails)]
_VALUES = ", ".join(f"%({name})s" for name in _DETAILS)

# Appends to the history of the row that the statement has written.
_WITH_ENTRY = f"""
WITH written AS ({{write}} RETURNING {_COLUMNS}), entry AS (
    INSERT INTO payouts_recipientchange (recipient_id, at, actor, what, changes, request_id)
    SELECT id, updated_at, %(actor)s, %(what)s, %(changes)s, %(request_id)s FROM written
)
SELECT {_COLUMNS} FROM written
"""
_ADD = _WITH_ENTRY.format(
    write=f"""
    INSERT INTO payouts_recipient ({", ".join(_DETAILS)}, created_at, updated_at)
    VALUES ({_VALUES}, now(), now())
    ON CONFLICT (external_id) WHERE NOT external_id = '' DO NOTHING
    """
)
# FOR UPDATE would conflict with payouts to the recipient, which share a lock of its key while they
# are created.
_LOCK = f"""
SELECT {_COLUMNS} FROM payouts_recipient WHERE id = %(recipient_id)s FOR NO KEY UPDATE NOWAIT
"""
# The clock, because another change may have committed since this transaction started.
_CHANGE = _WITH_ENTRY.format(
    write=f"""
    UPDATE payouts_recipient
    SET ({", ".join(_DETAILS)}, updated_at) = ({_VALUES}, clock_timestamp())
    WHERE id = %(recipient_id)s
    """
)
_CONDITIONS = {
    # The condition of the index, which PostgreSQL does not derive from a parameter.
    "external_id": "external_id = %(external_id)s AND NOT external_id = ''",
    "account_number": "account_number = %(account_number)s",
}
_IS_ACTIVE = {True: "is_active", False: "NOT is_active", None: "true"}


class DatabaseRecipients:
    """Serve the port `Recipients`."""

    def add(self, details: RecipientDetails, *, actor: str) -> RecipientView | None:
        entry = RecipientHistoryEntry.of_creation(details)
        rows = query(_ADD, _to_columns(details) | _to_entry(entry, actor=actor))
        if not rows:
            return None
        log.info("recipient.added", recipient_id=rows[0]["id"], actor=actor)
        return _to_view(rows[0])

    def find_by_external_id(self, external_id: str) -> DomainRecipient:
        row = Recipient.objects.values("id", *_DETAILS).get(external_id=external_id)
        return DomainRecipient(id=row["id"], details=_to_details(row))

    def change(
        self,
        *,
        recipient_id: int,
        changes: RecipientChanges,
        actor: str,
        expected_updated_at: datetime | None = None,
    ) -> RecipientView | None:
        with transaction.atomic():
            before = _lock(recipient_id)
            if expected_updated_at not in {None, before["updated_at"]}:
                raise RecipientChangedError(recipient_id=recipient_id)
            details = _to_details(before)
            after = replace(details, **changes)
            entry = RecipientHistoryEntry.of_change(details, after)
            if not entry:
                return None
            parameters = _to_columns(after) | _to_entry(entry, actor=actor)
            [row] = query(_CHANGE, parameters | {"recipient_id": recipient_id})
        log.info(
            "recipient.changed",
            recipient_id=recipient_id,
            what=entry.what.value,
            fields=sorted(entry.fields),
            actor=actor,
        )
        return _to_view(row)

    def one(self, *, recipient_id: int) -> RecipientView:
        row = Recipient.objects.filter(pk=recipient_id).values().first()
        if not row:
            raise RecipientNotFoundError(recipient_id=recipient_id)
        return _to_view(row)

    def page(
        self,
        *,
        size: int,
        position: Position | None,
        external_id: str | None = None,
        account_number: str | None = None,
        is_active: bool | None = None,
    ) -> Page[RecipientView]:
        given = {"external_id": external_id, "account_number": account_number}
        filters = {name: value for name, value in given.items() if value is not None}
        conditions = [
            keyset.NEWEST_FIRST.condition(position),
            _IS_ACTIVE[is_active],
            *(_CONDITIONS[name] for name in filters),
        ]
        rows = query(
            f"SELECT {_COLUMNS} FROM payouts_recipient WHERE {' AND '.join(conditions)} "
            f"ORDER BY {keyset.NEWEST_FIRST.order(position)} LIMIT {keyset.limit(size)}",
            filters | keyset.parameters(position),
        )
        return keyset.NEWEST_FIRST.to_page(rows, _to_view, size=size, position=position)


def _lock(recipient_id: int) -> Row:
    """Raise RecipientLockedError at once if another transaction holds the row."""
    try:
        rows = query(_LOCK, {"recipient_id": recipient_id})
    except OperationalError as error:
        if isinstance(error.__cause__, LockNotAvailable):
            raise RecipientLockedError(recipient_id=recipient_id) from error
        raise
    if not rows:
        raise RecipientNotFoundError(recipient_id=recipient_id)
    return rows[0]


def _to_columns(details: RecipientDetails) -> Row:
    values = {name: getattr(details, name) for name in _DETAILS}
    return values | {"account_number": details.account_number.value}


def _to_entry(entry: RecipientHistoryEntry, *, actor: str) -> Row:
    return {
        "actor": actor,
        "what": entry.what.value,
        "changes": Jsonb({name: asdict(change) for name, change in entry.fields.items()}),
        "request_id": current_request_id(),
    }


def _to_details(row: Row) -> RecipientDetails:
    return RecipientDetails(
        **{name: row[name] for name in _DETAILS}
        | {
            "type": RecipientType(row["type"]),
            "account_number": AccountNumber(row["account_number"]),
        }
    )


def _to_view(row: Any) -> RecipientView:
    return RecipientView(
        id=row["id"],
        external_id=row["external_id"] or None,
        type=RecipientType(row["type"]),
        name=row["name"],
        account_number=row["account_number"],
        account_type=AccountNumber(row["account_number"]).type,
        bank_code=row["bank_code"] or None,
        country=row["country"] or None,
        is_active=row["is_active"],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
    )
