"""Sample values. A test gives the fields that matter to it; the others have defaults."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from payouts.application.client_message import ClientMessage, to_message
from payouts.domain.bank_answer import Transfer, TransferStatus
from payouts.domain.history import EventType
from payouts.domain.idempotency import IdempotencyKey
from payouts.domain.money import Currency, Money
from payouts.domain.payout import Payout, PayoutOrder, PayoutRequest
from payouts.domain.recipient import AccountNumber, Recipient, RecipientDetails, RecipientType
from payouts.domain.status import PayoutStatus
from payouts.domain.terms import PayoutTerms

NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)


def money(text: str = "10.00", currency: str = "USD") -> Money:
    return Money(Decimal(text), Currency.parse(currency))


def a_recipient(recipient_id: int = 1, **details: Any) -> Recipient:
    given: dict[str, Any] = {
        "type": RecipientType.INDIVIDUAL,
        "name": "Ann Example",
        "account_number": AccountNumber("GB29NWBK60161331926819"),
        "bank_code": "NWBKGB2L",
    }
    return Recipient(id=recipient_id, details=RecipientDetails(**(given | details)))


def a_request(
    key: str = "key-number-1", *, recipient: Recipient | None = None, **fields: Any
) -> PayoutRequest:
    return PayoutRequest(
        terms=terms(**({"recipient_id": recipient.id} if recipient else {}) | fields),
        idempotency_key=IdempotencyKey(key),
    )


def terms(**fields: Any) -> PayoutTerms:
    given: dict[str, Any] = {"recipient_id": 1, "money": money()}
    return PayoutTerms(**(given | fields))


def an_order(
    key: str = "key-number-1", *, recipient: Recipient | None = None, **fields: Any
) -> PayoutOrder:
    return a_request(key, **fields).order(recipient or a_recipient())


def a_payout(**fields: Any) -> Payout:
    given: dict[str, Any] = {
        "id": 1,
        "order": an_order(),
        "status": PayoutStatus.NEW,
        "created_at": NOON,
        "updated_at": NOON,
    }
    return Payout(**(given | fields))


def a_claimed_payout(**fields: Any) -> Payout:
    given: dict[str, Any] = {
        "status": PayoutStatus.PROCESSING,
        "attempt": 1,
        "open_attempts": 1,
        "is_leased": True,
    }
    return a_payout(**(given | fields))


def a_transfer(order: PayoutOrder, status: TransferStatus, **fields: Any) -> Transfer:
    given: dict[str, Any] = {
        "reference": order.reference,
        "amount": order.terms.money.amount,
        "currency": order.terms.money.currency.code,
        "status": status,
        "reason": "",
    }
    return Transfer(**(given | fields))


def a_message(event: EventType, **fields: Any) -> ClientMessage:
    """Return the message of an event of a payout that has failed since."""
    given: dict[str, Any] = {
        "event_id": 7,
        "at": NOON,
        "payout_id": 1,
        "reference": "reference-1",
        "idempotency_key": "key-number-1",
        "amount": "10.00",
        "currency": "USD",
        "metadata": {"order": "17"},
        "failure_code": "AC04",
        "failure_reason": "The account is closed.",
    }
    return to_message(event=event, **(given | fields))
