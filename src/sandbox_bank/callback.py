"""The message that reports to a client how a pending transfer ended, as a Standard Webhook.

Source: https://www.standardwebhooks.com.
"""

import json
from datetime import UTC, datetime
from typing import Final

from standardwebhooks import Webhook

from sandbox_bank.transfer import Transfer, TransferStatus

_EVENT_TYPES: Final = {
    TransferStatus.SETTLED: "transfer.settled",
    TransferStatus.REJECTED: "transfer.rejected",
}
_MAX_RETRY_SECONDS: Final = 60
_GIVE_UP_SECONDS: Final = 24 * 60 * 60


def build_body(transfer: Transfer) -> str:
    """Return the same text at every attempt."""
    return json.dumps(
        {
            "type": _EVENT_TYPES[transfer.final_status],
            "timestamp": datetime.fromtimestamp(transfer.final_at, UTC).isoformat(),
            "data": transfer.to_json(),
        }
    )


def build_headers(transfer: Transfer, body: str, webhook: Webhook) -> dict[str, str]:
    """Sign the body: the id is the same at every attempt, timestamp and signature are new."""
    message_id = f"msg_{transfer.id}"
    now = datetime.now(UTC)
    return {
        "Content-Type": "application/json",
        "webhook-id": message_id,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": webhook.sign(message_id, now, body),
    }


def choose_retry_seconds(transfer: Transfer, *, failed_before: int, now: float) -> int | None:
    """Return how long to wait after one more failure.

    The wait doubles from 1 second to a minute. None means never, because the transfer ended more
    than a day ago; a bank that was down for that long still makes one attempt.
    """
    if now - transfer.final_at > _GIVE_UP_SECONDS:
        return None
    return int(min(2**failed_before, _MAX_RETRY_SECONDS))
