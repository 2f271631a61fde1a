"""The floor of a POST: bare WSGI, and one prepared statement that inserts a payout and its event.

The tables and their triggers are those of the service. The floor checks no token and no value, and
enqueues no task.
"""

import json
import os
from collections.abc import Callable, Iterable
from random import getrandbits
from threading import local
from time import time_ns
from typing import Any

import psycopg
from psycopg.rows import TupleRow

_DATABASE_URL = os.environ["DATABASE_URL"]
_INSERT = """
WITH payout AS (
    INSERT INTO payouts_payout (
        reference, idempotency_key, recipient_id, amount, currency, minor_units,
        metadata, remittance_information,
        recipient_name_snapshot, account_number_snapshot, bank_code_snapshot,
        status, failure_code, failure_reason, needs_review, attempt, open_attempts, deferral,
        pending_count, next_attempt_at, next_enqueue_at, created_at, updated_at
    )
    SELECT %b::text, %b::text, id, %b::text::numeric, %b::text, 2, '{}', '',
        name, account_number, bank_code, 'NEW', '', '', false, 0, 0, '',
        0, now(), now() + interval '10 seconds', now(), now()
    FROM payouts_recipient WHERE id = %b::bigint AND is_active
    ON CONFLICT (idempotency_key) DO NOTHING
    RETURNING id, recipient_id, amount::text, currency, status, metadata,
        remittance_information, recipient_name_snapshot, account_number_snapshot,
        created_at::text, reference
), event AS (
    INSERT INTO payouts_event
        (payout_id, type, at, actor, from_status, to_status, reason, attempt, request_id)
    SELECT id, 'payout.created', now(), 'floor', '', status, '', 0, '' FROM payout
)
SELECT * FROM payout
"""
_NAMES = (
    "id", "recipient_id", "amount", "currency", "status", "metadata",
    "remittance_information", "recipient_name_snapshot", "account_number_snapshot",
    "created_at", "reference",
)  # fmt: skip
_thread = local()


def application(
    environ: dict[str, Any], start_response: Callable[[str, list[tuple[str, str]]], object]
) -> Iterable[bytes]:
    order = json.loads(environ["wsgi.input"].read())
    row = _cursor().execute(
        _INSERT,
        (
            f"{time_ns():016x}{getrandbits(64):016x}",
            order["idempotency_key"],
            order["amount"],
            order["currency"],
            order["recipient_id"],
        ),
        prepare=True,
    ).fetchone()  # fmt: skip
    assert row, "each request has a key of its own"
    body = json.dumps(dict(zip(_NAMES, row, strict=True)), separators=(",", ":")).encode()
    headers = [("Content-Type", "application/json"), ("Content-Length", str(len(body)))]
    start_response("201 Created", headers)
    return [body]


def _cursor() -> psycopg.Cursor[TupleRow]:
    """Return the cursor of this thread. Each thread has a connection of its own."""
    try:
        return _thread.cursor  # type: ignore[no-any-return]
    except AttributeError:
        connection = psycopg.connect(_DATABASE_URL, autocommit=True)
        _thread.cursor = connection.cursor()
        return _thread.cursor  # type: ignore[no-any-return]
