"""Asks the bank, and takes nothing for certain that it did not say clearly."""

import json
from collections.abc import Mapping
from time import monotonic
from urllib.parse import quote

import httpcore
import structlog

from payouts.adapters.banks.http.protocol import read_reply, transfer_request
from payouts.adapters.banks.http.transport import HttpTransport
from payouts.domain.bank_answer import BankAnswer, NotAccepted, NotAuthorised, Unknown
from payouts.domain.payout import PayoutOrder

log = structlog.get_logger("payouts")

MAX_BODY_BYTES = 64 * 1024
_TRANSFERS = "/v1/transfers"


class HttpBank:
    """Serve the port `Bank` in the protocol that docs/bank-protocol.md describes.

    One exchange takes at most `deadline_seconds` in all. Nothing is retried and no redirect is
    followed here: what was not clearly answered is for the next attempt to ask again.
    """

    def __init__(self, *, url: str, token: str, deadline_seconds: float, connections: int) -> None:
        self._line = HttpTransport(
            url=url,
            token=token,
            deadline_seconds=deadline_seconds,
            connections=connections,
            max_body_bytes=MAX_BODY_BYTES,
        )

    def send(self, order: PayoutOrder) -> BankAnswer:
        return self._ask(
            "POST",
            _TRANSFERS,
            {"Content-Type": "application/json", "Idempotency-Key": order.reference},
            json.dumps(transfer_request(order)).encode(),
            reference=order.reference,
        )

    def look_up(self, order: PayoutOrder) -> BankAnswer:
        path = f"{_TRANSFERS}/{quote(order.reference, safe='')}"
        return self._ask("GET", path, {}, b"", reference=order.reference)

    def _ask(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes, *, reference: str
    ) -> BankAnswer:
        started = monotonic()
        status: int | None = None
        try:
            reply = self._line.exchange(method, path, headers, body)
        except (httpcore.ConnectError, httpcore.ConnectTimeout, httpcore.PoolTimeout) as error:
            answer: BankAnswer = NotAccepted(f"no connection to the bank ({type(error).__name__})")
        except (httpcore.NetworkError, httpcore.TimeoutException, httpcore.ProtocolError) as error:
            answer = Unknown(f"no whole answer from the bank ({type(error).__name__})")
        else:
            status = reply.status
            answer = read_reply(reply, method)
        tell = log.error if isinstance(answer, NotAuthorised) else log.info
        tell(
            "bank.answered",
            method=method,
            reference=reference,
            http_status=status,
            answer=type(answer).__name__,
            duration_ms=round((monotonic() - started) * 1000, 1),
        )
        return answer
