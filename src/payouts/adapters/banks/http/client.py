"""The bank over HTTP. Any answer that is not clear is Unknown."""

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
    followed: after an unclear answer the next attempt asks again.
    """

    def __init__(self, *, url: str, token: str, deadline_seconds: float, connections: int) -> None:
        self._transport = HttpTransport(
            url=url,
            token=token,
            deadline_seconds=deadline_seconds,
            connections=connections,
            max_body_bytes=MAX_BODY_BYTES,
        )

    def send(self, order: PayoutOrder) -> BankAnswer:
        return self._exchange(
            "POST",
            _TRANSFERS,
            {"Content-Type": "application/json", "Idempotency-Key": order.reference},
            json.dumps(transfer_request(order)).encode(),
            reference=order.reference,
        )

    def look_up(self, order: PayoutOrder) -> BankAnswer:
        path = f"{_TRANSFERS}/{quote(order.reference, safe='')}"
        return self._exchange("GET", path, {}, b"", reference=order.reference)

    def _exchange(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes, *, reference: str
    ) -> BankAnswer:
        started = monotonic()
        status: int | None = None
        try:
            reply = self._transport.exchange(method, path, headers, body)
        except (httpcore.ConnectError, httpcore.ConnectTimeout, httpcore.PoolTimeout) as error:
            answer: BankAnswer = NotAccepted(f"no connection to the bank ({type(error).__name__})")
        except (httpcore.NetworkError, httpcore.TimeoutException, httpcore.ProtocolError) as error:
            answer = Unknown(f"no complete answer from the bank ({type(error).__name__})")
        else:
            status = reply.status
            answer = read_reply(reply, method)
        log_answer = log.error if isinstance(answer, NotAuthorised) else log.info
        log_answer(
            "bank.answered",
            method=method,
            reference=reference,
            http_status=status,
            answer=type(answer).__name__,
            duration_ms=round((monotonic() - started) * 1000, 1),
        )
        return answer
