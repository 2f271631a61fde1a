"""Verifies the signature of callbacks from the bank."""

from collections.abc import Mapping

import structlog
from standardwebhooks import Webhook, WebhookVerificationError

from payouts.adapters.banks.http.protocol import read_callback
from payouts.domain.bank_answer import Transfer
from payouts.domain.errors import SignatureInvalidError

log = structlog.get_logger("payouts")


class SignedCallbacks:
    """Serve the port `BankCallbacks` in the form of Standard Webhooks.

    Source: https://www.standardwebhooks.com. `secret` is "whsec_" and base64. Without a secret,
    every message is refused; so is one whose timestamp is more than five minutes off.
    """

    def __init__(self, *, secret: str) -> None:
        self._webhook = Webhook(secret) if secret else None

    def read(self, *, headers: Mapping[str, str], body: bytes) -> Transfer | None:
        self._verify(headers, body)
        transfer = read_callback(body)
        if transfer:
            log.info(
                "bank.callback_received", reference=transfer.reference, answer=transfer.status.value
            )
        else:
            log.warning("bank.callback_received", answer="unreadable")
        return transfer

    def _verify(self, headers: Mapping[str, str], body: bytes) -> None:
        if not self._webhook:
            raise SignatureInvalidError
        try:
            self._webhook.verify(body, dict(headers), json_parse=False)
        except (WebhookVerificationError, ValueError) as error:
            # A malformed header, or a body that is not text, causes a ValueError.
            log.warning("bank.callback_refused", error=type(error).__name__)
            raise SignatureInvalidError from error
