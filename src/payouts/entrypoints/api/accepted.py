"""A payout that was asked for, and the answer to that."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final

from payouts import bootstrap
from payouts.application.create_payout import Replayed
from payouts.application.views import PayoutView
from payouts.domain.payout import Payout
from payouts.entrypoints.api.answers import Rendered, encode
from payouts.entrypoints.api.requests import read_new_payout

PAYOUTS: Final = "/api/payouts/"


def accept_payout(data: Mapping[str, Any], *, key_in_header: str | None, actor: str) -> Rendered:
    """Make the payout, or find the one that was made under this key.

    Raises ValidationError, and what CreatePayout raises.
    """
    wanted = read_new_payout(data, key_in_header=key_in_header)
    made = bootstrap.create_payout()(**wanted, actor=actor)
    body = encode(represent(made.payout))
    if isinstance(made, Replayed):
        return Rendered(body, headers={"Idempotent-Replayed": "true"})
    return Rendered(body, HTTPStatus.CREATED, {"Location": f"{PAYOUTS}{made.payout.id}/"})


def represent(payout: Payout) -> PayoutView:
    """Show a payout that was just made or changed as the reads show their rows."""
    order, failure = payout.order, payout.failure
    return PayoutView(
        id=payout.id,
        recipient_id=order.recipient.recipient_id,
        amount=order.money.text,
        currency=order.money.currency.code,
        status=payout.status.value,
        recipient_name_snapshot=order.recipient.name,
        account_number_snapshot=order.recipient.account_number.value,
        bank_code_snapshot=order.recipient.bank_code or None,
        created_at=payout.created_at,
        updated_at=payout.updated_at,
        reference=order.reference,
        failure_code=failure.code if failure else None,
        failure_reason=failure.reason or None if failure else None,
        needs_review=payout.needs_review,
    )
