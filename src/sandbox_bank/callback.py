"""What the bank tells of its own accord, in the form of Standard Webhooks."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from standardwebhooks import Webhook

from sandbox_bank.transfer import Transfer, TransferStatus

# Source: https://www.standardwebhooks.com.
_TYPES: Final = {
    TransferStatus.SETTLED: "transfer.settled",
    TransferStatus.REJECTED: "transfer.rejected",
}
_LONGEST_WAIT_SECONDS: Final = 60
_GIVEN_UP_AFTER: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Callback:
    """The message that a pending transfer has ended; `failures` counts the tries in vain."""

    transfer: Transfer
    failures: int = 0

    @property
    def id(self) -> str:
        """Return the same at each try, by which a receiver knows a repetition."""
        return f"msg_{self.transfer.id}"

    @property
    def body(self) -> str:
        return json.dumps(
            {
                "type": _TYPES[self.transfer.outcome],
                "timestamp": self.transfer.final_at.isoformat(),
                "data": self.transfer.as_answer(),
            }
        )

    def sign(self, body: str, webhook: Webhook) -> dict[str, str]:
        """Return the headers of a try that is made now: a receiver takes no old signatures."""
        now = datetime.now(UTC)
        return {
            "webhook-id": self.id,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": webhook.sign(self.id, now, body),
        }

    def next_try_at(self, now: datetime) -> datetime | None:
        """Tell when to try again after one more failure; None is never.

        A bank that was down for longer than the last day still tries once.
        """
        if now - self.transfer.final_at > _GIVEN_UP_AFTER:
            return None
        return now + timedelta(seconds=min(2**self.failures, _LONGEST_WAIT_SECONDS))
