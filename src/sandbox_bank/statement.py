"""The response of `GET /v1/ledger`: every transfer that moved money."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from decimal import Decimal, localcontext

from sandbox_bank.transfer import Transfer


def build_statement(transfers: Sequence[Transfer]) -> dict[str, object]:
    """Return settled transfers, their number, and their sum in each currency."""
    return {
        "transfers": [
            {
                "id": transfer.id,
                **asdict(transfer.order),
                "settled_at": datetime.fromtimestamp(transfer.final_at, UTC).isoformat(),
            }
            for transfer in transfers
        ],
        "count": len(transfers),
        "sums": _sum_by_currency(transfers),
    }


def _sum_by_currency(transfers: Sequence[Transfer]) -> dict[str, str]:
    sums: dict[str, Decimal] = {}
    # The default precision of 28 digits would round the sum of a long ledger.
    with localcontext(prec=64):
        for order in (transfer.order for transfer in transfers):
            sums[order.currency] = sums.get(order.currency, Decimal(0)) + Decimal(order.amount)
    return {currency: f"{amount:f}" for currency, amount in sorted(sums.items())}
