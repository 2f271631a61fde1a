"""Believes of what arrives from outside only what the bank has signed."""

from collections.abc import Mapping

import structlog
from standardwebhooks import Webhook, WebhookVerificationError

from payouts.adapters.banks.http.protocol import read_callback
from payouts.domain.bank_answer import Transfer
from payouts.domain.errors import SignatureInvalidError

log = structlog.get_logger("payouts")


class SignedCallbacks:
    """Serve the port `BankCallbacks` in the form of Standard Webhooks.

    Source: https://www.standardwebhooks.com. `secret` is "whsec_" and base64; without one, nobody
    is believed. A message older or newer than five minutes is not, whatever its signature.
    """

    def __init__(self, *, secret: str) -> None:
        self._webhook = Webhook(secret) if secret else None

    def read(self, *, headers: Mapping[str, str], body: bytes) -> Transfer | None:
        self._verify(headers, body)
        transfer = read_callback(body)
        if transfer:
            log.info("bank.called_back", reference=transfer.reference, answer=transfer.status.value)
        else:
            log.warning("bank.called_back", answer="unreadable")
        return transfer

    def _verify(self, headers: Mapping[str, str], body: bytes) -> None:
        if not self._webhook:
            raise SignatureInvalidError
        try:
            self._webhook.verify(body, dict(headers), json_parse=False)
        except (WebhookVerificationError, ValueError) as error:
            # A header of another form, or a body that is not even text, is a ValueError.
            log.warning("bank.callback_refused", error=type(error).__name__)
            raise SignatureInvalidError from error
