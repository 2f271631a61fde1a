"""Rows as psycopg returns them, and the entities that are made of them."""

from collections.abc import Mapping
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections
from psycopg.types.json import Jsonb

from payouts.domain.idempotency import IdempotencyKey
from payouts.domain.money import Currency, Money
from payouts.domain.payout import Deferral, Failure, Payout, PayoutOrder, PayoutRequest
from payouts.domain.recipient import (
    AccountNumber,
    Recipient,
    RecipientDetails,
    RecipientSnapshot,
    RecipientType,
)
from payouts.domain.status import PayoutStatus
from payouts.domain.terms import PayoutTerms

Row = dict[str, Any]

# The columns of a new payout that come from the client's request.
REQUEST_COLUMNS = (
    "reference",
    "idempotency_key",
    "recipient_id",
    "amount",
    "currency",
    "minor_units",
    "metadata",
    "remittance_information",
)
# Named one by one: a prepared `SELECT *` fails once a migration has added a column.
PAYOUT_COLUMNS = (
    "id",
    *REQUEST_COLUMNS,
    "recipient_name_snapshot",
    "account_number_snapshot",
    "bank_code_snapshot",
    "status",
    "failure_code",
    "failure_reason",
    "needs_review",
    "returned_at",
    "attempt",
    "open_attempts",
    "deferral",
    "pending_count",
    "created_at",
    "updated_at",
    "deleted_at",
)


def query(sql: str, parameters: Mapping[str, Any]) -> list[Row]:
    """Run one statement and return its rows. It commits by itself outside of a transaction.

    It does not use Django's cursors, which prepare no statements: planning the insert of a payout
    takes PostgreSQL as long as executing it.
    """
    database: Any = connections[DEFAULT_DB_ALIAS]
    database.close_if_health_check_failed()
    database.ensure_connection()
    with database.wrap_database_errors:
        rows: list[Row] = database.connection.run(sql, parameters)
    return rows


def to_parameters(request: PayoutRequest) -> Row:
    """Return the values of REQUEST_COLUMNS."""
    terms = request.terms
    return {
        "reference": request.reference,
        "idempotency_key": request.idempotency_key.value,
        "recipient_id": terms.recipient_id,
        "amount": terms.money.amount,
        "currency": terms.money.currency.code,
        "minor_units": terms.money.currency.minor_units,
        "metadata": Jsonb(terms.metadata),
        "remittance_information": terms.remittance_information,
    }


def to_payout(row: Row) -> Payout:
    return Payout(
        id=row["id"],
        order=PayoutOrder(
            terms=PayoutTerms(
                recipient_id=row["recipient_id"],
                money=_to_money(row),
                metadata=row["metadata"],
                remittance_information=row["remittance_information"],
            ),
            recipient=RecipientSnapshot(
                name=row["recipient_name_snapshot"],
                account_number=AccountNumber(row["account_number_snapshot"]),
                bank_code=row["bank_code_snapshot"],
            ),
            idempotency_key=IdempotencyKey(row["idempotency_key"]),
            reference=row["reference"],
        ),
        status=PayoutStatus(row["status"]),
        created_at=row["created_at"],
        updated_at=row["updated_at"],
        attempt=row["attempt"],
        open_attempts=row["open_attempts"],
        deferral=Deferral(row["deferral"]),
        pending_count=row["pending_count"],
        failure=_to_failure(row),
        needs_review=row["needs_review"],
        returned_at=row["returned_at"],
        is_leased=row["is_leased"],
        is_due=row["is_due"],
        is_deleted=row["deleted_at"] is not None,
    )


def to_recipient(recipient_id: int, row: Row) -> Recipient:
    """Read the columns of a recipient, prefixed `recipient_`, from a row with a payout."""
    return Recipient(
        id=recipient_id,
        details=RecipientDetails(
            type=RecipientType(row["recipient_type"]),
            name=row["recipient_name"],
            account_number=AccountNumber(row["recipient_account_number"]),
            bank_code=row["recipient_bank_code"],
            country=row["recipient_country"],
            is_active=row["recipient_is_active"],
        ),
    )


def _to_money(row: Row) -> Money:
    return Money(row["amount"], Currency(row["currency"], row["minor_units"]))


def _to_failure(row: Row) -> Failure | None:
    if not row["failure_code"]:
        return None
    return Failure(row["failure_code"], row["failure_reason"])
