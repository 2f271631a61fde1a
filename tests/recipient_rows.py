"""Many recipients at once, for tests that need a table of some size."""

from django.db import connection

_RECIPIENTS = """
INSERT INTO payouts_recipient (
    external_id, type, name, account_number, bank_code, country, is_active, created_at, updated_at
)
SELECT CASE WHEN number % 2 = 0 THEN 'client-' || number ELSE '' END,
    CASE WHEN number % 100 = 0 THEN 'BUSINESS' ELSE 'INDIVIDUAL' END,
    'Ann Number' || number, 'LOCAL ' || lpad(number::text, 8, '0'), '', '',
    number % 50 > 0, now() - make_interval(mins => number), now()
FROM generate_series(1, %(count)s) AS number
"""


def fill_recipients(count: int = 20_000) -> None:
    """Add recipients, the newest with the lowest number, and let PostgreSQL count them."""
    with connection.cursor() as cursor:
        cursor.execute(_RECIPIENTS.replace("% ", "%% "), {"count": count})
        cursor.execute("ANALYZE payouts_recipient")
