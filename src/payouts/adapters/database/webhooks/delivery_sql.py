"""The SQL of the queue of deliveries. `now()` is the database's clock, the only one that counts."""

from dataclasses import fields
from functools import cache
from typing import Final

from payouts.adapters.database.client_events import MESSAGE_COLUMNS, next_events
from payouts.adapters.database.webhooks.endpoints import SECRETS
from payouts.adapters.database.webhooks.replay import IS_WANTED
from payouts.application.webhooks.read_models import DeliveryView

# For `next_events`: the events that an endpoint has not got yet.
CURSOR: Final = "endpoint.cursor_transaction_id, endpoint.cursor_event_id"
IS_CHOSEN: Final = "(endpoint.event_types = '{{}}' OR '{client_type}' = ANY(endpoint.event_types))"
_IS_ACTIVE = "endpoint.is_enabled AND endpoint.removed_at IS NULL"
_MAKE_DUE = """
status = 'PENDING', failures = 0, next_attempt_at = now(), delivered_at = NULL
"""

# The cursor moves in the statement that adds the deliveries. Whoever holds the endpoint's row reads
# its events; others leave it alone. A constraint lets a replay find the delivery of an event.
_FAN_OUT = f"""
WITH endpoint AS (
    SELECT * FROM payouts_webhookendpoint AS endpoint
    WHERE id = %(endpoint_id)s AND {_IS_ACTIVE} AND (
        SELECT count(*) FROM (
            SELECT FROM payouts_webhookdelivery
            WHERE endpoint_id = %(endpoint_id)s AND next_attempt_at <= now()
            LIMIT %(max_due)s
        ) AS due
    ) < %(max_due)s
    FOR NO KEY UPDATE SKIP LOCKED
), event AS MATERIALIZED (
    SELECT event.*, {IS_WANTED} AS is_wanted FROM endpoint CROSS JOIN LATERAL ({{events}}) AS event
), delivery AS (
    INSERT INTO payouts_webhookdelivery (
        endpoint_id, event_id, payout_id, event_type, status, attempts, failures, next_attempt_at,
        last_error, response_excerpt, created_at
    )
    SELECT %(endpoint_id)s, id, payout_id, client_type, 'PENDING', 0, 0, now(), '', '', now()
    FROM event WHERE is_wanted
    ON CONFLICT (endpoint_id, event_id) DO UPDATE SET {_MAKE_DUE}
), moved AS (
    UPDATE payouts_webhookendpoint AS endpoint
    SET cursor_transaction_id = last.transaction_id, cursor_event_id = last.id
    FROM (
        SELECT transaction_id, id FROM event ORDER BY transaction_id DESC, id DESC LIMIT 1
    ) AS last
    WHERE endpoint.id = %(endpoint_id)s
)
SELECT count(*) AS events FROM event
"""

ENABLED_ENDPOINTS: Final = f"""
SELECT id FROM payouts_webhookendpoint AS endpoint WHERE {_IS_ACTIVE} ORDER BY id
"""

DUE_ENDPOINTS: Final = f"""
SELECT id FROM payouts_webhookendpoint AS endpoint
WHERE {_IS_ACTIVE} AND EXISTS (
    SELECT FROM payouts_webhookdelivery
    WHERE endpoint_id = endpoint.id AND next_attempt_at <= now()
)
ORDER BY id
"""

# A concurrent claim skips the rows that this one has locked, and afterwards sees that they are not
# due. A delivery whose worker dies is due again when the lease ends.
CLAIM: Final = f"""
WITH due AS (
    SELECT delivery.id, delivery.next_attempt_at FROM payouts_webhookdelivery AS delivery
    WHERE endpoint_id = %(endpoint_id)s AND next_attempt_at <= now() AND EXISTS (
        SELECT FROM payouts_webhookendpoint AS endpoint
        WHERE id = %(endpoint_id)s AND {_IS_ACTIVE}
    )
    ORDER BY next_attempt_at, id LIMIT %(limit)s
    FOR NO KEY UPDATE SKIP LOCKED
), claimed AS (
    UPDATE payouts_webhookdelivery AS delivery
    SET attempts = attempts + 1,
        next_attempt_at = now() + make_interval(secs => %(lease_seconds)s)
    FROM due WHERE delivery.id = due.id
    RETURNING delivery.*, due.next_attempt_at AS due_at
)
SELECT claimed.id, claimed.attempts, claimed.failures, endpoint.url, {SECRETS}, {MESSAGE_COLUMNS}
FROM claimed
JOIN payouts_event AS event ON event.id = claimed.event_id
JOIN payouts_payout AS payout ON payout.id = claimed.payout_id
JOIN payouts_webhookendpoint AS endpoint ON endpoint.id = %(endpoint_id)s
ORDER BY claimed.due_at, claimed.id
"""

# Compare and set: every claim increments `attempts`, so what a worker learned about a delivery that
# was claimed again, or has ended, changes nothing. The endpoint is returned as it was before.
RECORD: Final = """
WITH delivery AS (
    UPDATE payouts_webhookdelivery AS delivery
    SET status = result.status,
        failures = delivery.failures + CASE WHEN result.status = 'DELIVERED' THEN 0 ELSE 1 END,
        last_status_code = result.status_code, last_error = result.error,
        response_excerpt = result.excerpt,
        next_attempt_at = now() + make_interval(secs => result.due_in_seconds),
        delivered_at = CASE WHEN result.status = 'DELIVERED' THEN now() END
    FROM unnest(
        %(ids)s::bigint[], %(attempts)s::int[], %(statuses)s::text[], %(delays)s::float[],
        %(status_codes)s::int[], %(errors)s::text[], %(excerpts)s::text[]
    ) AS result(id, attempts, status, due_in_seconds, status_code, error, excerpt)
    WHERE delivery.id = result.id AND delivery.attempts = result.attempts
        AND delivery.next_attempt_at IS NOT NULL
), changed AS (
    UPDATE payouts_webhookendpoint
    SET failing_since = CASE WHEN NOT %(has_success)s THEN now() END
    WHERE id = %(endpoint_id)s AND (failing_since IS NULL) <> %(has_success)s
)
SELECT failing_since, now() AS now FROM payouts_webhookendpoint
WHERE id = %(endpoint_id)s AND removed_at IS NULL
"""

RELEASE: Final = """
UPDATE payouts_webhookdelivery AS delivery
SET attempts = delivery.attempts - 1, next_attempt_at = now()
FROM unnest(%(ids)s::bigint[], %(attempts)s::int[]) AS claimed(id, attempts)
WHERE delivery.id = claimed.id AND delivery.attempts = claimed.attempts
    AND delivery.next_attempt_at IS NOT NULL
RETURNING delivery.id
"""

_EXPRESSIONS = {
    "message_id": "'evt_' || event_id",
    "last_error": "nullif(last_error, '')",
    "response_excerpt": "nullif(response_excerpt, '')",
}
_VIEW = ", ".join(
    f"{_EXPRESSIONS.get(field.name, field.name)} AS {field.name}" for field in fields(DeliveryView)
)
_THIS = """
id = %(delivery_id)s AND endpoint_id = %(endpoint_id)s AND EXISTS (
    SELECT FROM payouts_webhookendpoint WHERE id = %(endpoint_id)s AND removed_at IS NULL
)
"""
RESEND: Final = f"""
UPDATE payouts_webhookdelivery SET {_MAKE_DUE} WHERE {_THIS} RETURNING {_VIEW}
"""
ONE: Final = f"SELECT {_VIEW} FROM payouts_webhookdelivery WHERE {_THIS}"

PAGE: Final = f"""
SELECT {_VIEW} FROM payouts_webhookdelivery
WHERE endpoint_id = %(endpoint_id)s AND {{conditions}} ORDER BY {{order}} LIMIT {{limit}}
"""

REMOVE_OLD: Final = """
WITH old AS (
    SELECT old.id FROM payouts_webhookendpoint AS endpoint CROSS JOIN LATERAL (
        SELECT id FROM payouts_webhookdelivery
        WHERE endpoint_id = endpoint.id AND next_attempt_at IS NULL
            AND created_at < now() - %(age)s
        LIMIT %(limit)s
    ) AS old
    UNION
    SELECT old.id FROM payouts_webhookendpoint AS endpoint CROSS JOIN LATERAL (
        SELECT id FROM payouts_webhookdelivery WHERE endpoint_id = endpoint.id LIMIT %(limit)s
    ) AS old
    WHERE endpoint.removed_at IS NOT NULL
    LIMIT %(limit)s
)
DELETE FROM payouts_webhookdelivery AS delivery USING old WHERE delivery.id = old.id
RETURNING delivery.id
"""

REMOVE_ENDPOINTS: Final = """
DELETE FROM payouts_webhookendpoint AS endpoint
WHERE removed_at IS NOT NULL AND NOT EXISTS (
    SELECT FROM payouts_webhookdelivery WHERE endpoint_id = endpoint.id
)
RETURNING id
"""


@cache
def fan_out(size: int) -> str:
    return _FAN_OUT.format(events=next_events(after=CURSOR, size=size, condition=IS_CHOSEN))
