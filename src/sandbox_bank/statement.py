"""The ledger as its readers get it."""

import json
from collections.abc import Sequence
from decimal import Decimal, localcontext

from sandbox_bank.transfer import Transfer


def write_statement(transfers: Sequence[Transfer]) -> str:
    """Write settled transfers as JSON, with their sum in each currency."""
    return json.dumps(
        {
            "transfers": [_entry(transfer) for transfer in transfers],
            "count": len(transfers),
            "sums": _sums(transfers),
        }
    )


def _entry(transfer: Transfer) -> dict[str, str]:
    order = transfer.order
    return {
        "id": transfer.id,
        "reference": order.reference,
        "amount": f"{order.amount:f}",
        "currency": order.currency,
        "name": order.name,
        "account": order.account,
        "agent": order.agent,
        "settled_at": transfer.final_at.isoformat(),
    }


def _sums(transfers: Sequence[Transfer]) -> dict[str, str]:
    sums: dict[str, Decimal] = {}
    # The default precision, 28 digits, would round the sum of a long ledger without a word.
    with localcontext(prec=64):
        for order in (transfer.order for transfer in transfers):
            sums[order.currency] = sums.get(order.currency, Decimal(0)) + order.amount
    return {currency: f"{amount:f}" for currency, amount in sorted(sums.items())}
