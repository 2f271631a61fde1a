"""Many payouts at once, for tests that need a table of some size."""

from django.db import connection
from tests.unit.samples import a_recipient

from payouts.adapters.database.recipients import DatabaseRecipients

_PAYOUTS = """
INSERT INTO payouts_payout (
    reference, idempotency_key, recipient_id, amount, currency, minor_units, metadata,
    remittance_information, recipient_name_snapshot, account_number_snapshot, bank_code_snapshot,
    status, failure_code, failure_reason, needs_review, attempt, open_attempts, deferral,
    pending_count, created_at, updated_at
)
SELECT md5(number::text), 'key-number-' || number, %(recipient_id)s, 1,
    (ARRAY['USD', 'EUR', 'UAH'])[1 + number %% 3], 2, '{}', '', 'Ann', '1', '',
    CASE WHEN number %% 100 > 0 THEN 'COMPLETED' ELSE 'NEW' END, '', '',
    false, 0, 0, '', 0, now() - make_interval(mins => number), now()
FROM generate_series(1, %(count)s) AS number
"""
_EVENTS = """
INSERT INTO payouts_event
    (payout_id, type, at, actor, from_status, to_status, reason, attempt, request_id)
SELECT id, 'payout.created', created_at, 'ursula', '', 'NEW', '', 0, '' FROM payouts_payout
"""


def fill_payouts(count: int = 5_000) -> None:
    """Add payouts with an event each, one in a hundred NEW, and let PostgreSQL count them."""
    recipient_id = DatabaseRecipients().add(a_recipient().details, actor="stefan").id
    with connection.cursor() as cursor:
        # A payout has to start as NEW, which would take two statements and their triggers.
        cursor.execute("ALTER TABLE payouts_payout DISABLE TRIGGER USER")
        cursor.execute(_PAYOUTS, {"recipient_id": recipient_id, "count": count})
        cursor.execute("ALTER TABLE payouts_payout ENABLE TRIGGER USER")
        cursor.execute(_EVENTS)
        cursor.execute("ANALYZE payouts_payout, payouts_event")
