"""Recipients in PostgreSQL."""

from dataclasses import fields
from typing import Any

import structlog
from django.db import transaction

from payouts.adapters.database import keyset
from payouts.adapters.database.models import Recipient
from payouts.adapters.database.rows import query
from payouts.application.ports import RecipientChanges
from payouts.application.views import Page, Position, RecipientView
from payouts.domain.errors import RecipientNotFoundError
from payouts.domain.recipient import AccountNumber, RecipientDetails, RecipientType

log = structlog.get_logger("payouts")

_COLUMNS = ", ".join(field.name for field in fields(RecipientView))


class DatabaseRecipients:
    """Serve the port `Recipients`."""

    def add(self, details: RecipientDetails) -> RecipientView:
        recipient = Recipient.objects.create(
            type=details.type.value,
            name=details.name,
            account_number=details.account_number.value,
            bank_code=details.bank_code,
            country=details.country,
            is_active=details.is_active,
        )
        log.info("recipient.added", recipient_id=recipient.pk)
        return _to_view(vars(recipient))

    def change(self, *, recipient_id: int, changes: RecipientChanges) -> RecipientView:
        with transaction.atomic():
            recipient = Recipient.objects.select_for_update().filter(pk=recipient_id).first()
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

    def page(self, *, size: int, position: Position | None) -> Page[RecipientView]:
        rows = query(
            f"SELECT {_COLUMNS} FROM payouts_recipient "
            f"WHERE {keyset.NEWEST_FIRST.condition(position)} "
            f"ORDER BY {keyset.NEWEST_FIRST.order(position)} LIMIT {keyset.limit(size)}",
            keyset.parameters(position),
        )
        return keyset.NEWEST_FIRST.to_page(rows, _to_view, size=size, position=position)


def _to_column(value: object) -> object:
    return value.value if isinstance(value, AccountNumber) else value


def _to_view(row: Any) -> RecipientView:
    return RecipientView(
        id=row["id"],
        type=RecipientType(row["type"]),
        name=row["name"],
        account_number=row["account_number"],
        bank_code=row["bank_code"] or None,
        country=row["country"] or None,
        is_active=row["is_active"],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
    )
