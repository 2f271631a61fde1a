"""Recipients in PostgreSQL."""

from dataclasses import fields
from typing import Any

import structlog
from django.db import transaction

from payouts.adapters.database import keyset
from payouts.adapters.database.models import Recipient
from payouts.adapters.database.rows import query
from payouts.application.ports import RecipientChanges
from payouts.application.read_models import Page, Position, RecipientView
from payouts.domain.errors import RecipientNotFoundError
from payouts.domain.recipient import AccountNumber, RecipientDetails, RecipientType
from payouts.domain.recipient import Recipient as DomainRecipient

log = structlog.get_logger("payouts")

_COLUMNS = ", ".join(field.name for field in fields(RecipientView) if field.name != "account_type")
_DETAILS = [field.name for field in fields(RecipientDetails)]

_ADD = f"""
INSERT INTO payouts_recipient ({", ".join(_DETAILS)}, created_at, updated_at)
VALUES ({", ".join(f"%({name})s" for name in _DETAILS)}, now(), now())
ON CONFLICT (external_id) WHERE NOT external_id = '' DO NOTHING
RETURNING {_COLUMNS}
"""
_CONDITIONS = {
    # The condition of the index, which PostgreSQL does not derive from a parameter.
    "external_id": "external_id = %(external_id)s AND NOT external_id = ''",
    "account_number": "account_number = %(account_number)s",
}
_IS_ACTIVE = {True: "is_active", False: "NOT is_active", None: "true"}


class DatabaseRecipients:
    """Serve the port `Recipients`."""

    def add(self, details: RecipientDetails) -> RecipientView | None:
        rows = query(_ADD, {name: _to_column(getattr(details, name)) for name in _DETAILS})
        if not rows:
            return None
        log.info("recipient.added", recipient_id=rows[0]["id"])
        return _to_view(rows[0])

    def find_by_external_id(self, external_id: str) -> DomainRecipient:
        row = Recipient.objects.values("id", *_DETAILS).get(external_id=external_id)
        return DomainRecipient(
            id=row.pop("id"),
            details=RecipientDetails(
                **row
                | {
                    "type": RecipientType(row["type"]),
                    "account_number": AccountNumber(row["account_number"]),
                }
            ),
        )

    def change(self, *, recipient_id: int, changes: RecipientChanges) -> RecipientView:
        with transaction.atomic():
            # Without `no_key` the lock would conflict with payouts to the recipient, which share a
            # lock of its key while they are created.
            locked = Recipient.objects.select_for_update(no_key=True, nowait=True)
            recipient = locked.filter(pk=recipient_id).first()
            if not recipient:
                raise RecipientNotFoundError(recipient_id=recipient_id)
            for field, value in changes.items():
                setattr(recipient, field, _to_column(value))
            recipient.save()
        log.info("recipient.changed", recipient_id=recipient_id, fields=sorted(changes))
        return _to_view(vars(recipient))

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


def _to_column(value: object) -> object:
    return value.value if isinstance(value, AccountNumber) else value


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
