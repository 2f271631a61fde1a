"""The SQL of the queue of record. `now()` is the database's clock, the only one that counts."""

# What a payout is read from. Named one by one: a prepared `SELECT *` fails once a migration has
# added a column.
COLUMNS = """
payout.id, payout.reference, payout.idempotency_key, payout.recipient_id, payout.amount,
payout.currency, payout.minor_units, payout.recipient_name_snapshot,
payout.account_number_snapshot, payout.bank_code_snapshot, payout.status, payout.failure_code,
payout.failure_reason, payout.needs_review, payout.attempt, payout.open_attempts, payout.deferral,
payout.created_at, payout.updated_at, payout.deleted_at
"""

_IS_LEASED = "coalesce(payout.lease_expires_at > now(), false) AS is_leased"

_IS_FREE = "coalesce(payout.lease_expires_at <= now(), true)"

# A left join from one row that is always there: one round trip tells of payout and recipient.
FIND = f"""
SELECT {COLUMNS}, {_IS_LEASED},
    recipient.type AS recipient_type, recipient.name AS recipient_name,
    recipient.account_number AS recipient_account_number,
    recipient.bank_code AS recipient_bank_code, recipient.country AS recipient_country,
    recipient.is_active AS recipient_is_active
FROM (VALUES (1)) AS always(here)
LEFT JOIN payouts_payout AS payout ON payout.idempotency_key = %(idempotency_key)s
LEFT JOIN payouts_recipient AS recipient ON recipient.id = %(recipient_id)s
"""

# What PayoutRequest.order says, in one round trip: the recipient is read, found payable and taken
# down as they are at one moment. ON CONFLICT waits for a concurrent request with the same key: it
# commits and wins, or rolls back and leaves the key to us.
ADD = f"""
WITH payout AS (
    INSERT INTO payouts_payout (
        reference, idempotency_key, recipient_id, amount, currency, minor_units,
        recipient_name_snapshot, account_number_snapshot, bank_code_snapshot,
        status, failure_code, failure_reason, needs_review, attempt, open_attempts, deferral,
        next_attempt_at, next_ring_at, created_at, updated_at
    )
    SELECT %(reference)s, %(idempotency_key)s, id, %(amount)s, %(currency)s, %(minor_units)s,
        name, account_number, bank_code,
        'NEW', '', '', false, 0, 0, '',
        now(), now() + make_interval(secs => %(first_ring_seconds)s), now(), now()
    FROM payouts_recipient WHERE id = %(recipient_id)s AND is_active
    ON CONFLICT (idempotency_key) DO NOTHING
    RETURNING *
), event AS (
    INSERT INTO payouts_event
        (payout_id, type, at, actor, from_status, to_status, reason, attempt, request_id)
    SELECT id, 'payout.created', now(), %(actor)s, '', status, '', attempt, %(request_id)s
    FROM payout
)
SELECT {COLUMNS}, false AS is_leased FROM payout
"""

GET = f"""
SELECT {COLUMNS}, {_IS_LEASED} FROM payouts_payout AS payout
WHERE id = %(payout_id)s AND deleted_at IS NULL
"""

WITH_REFERENCE = f"""
SELECT {COLUMNS}, {_IS_LEASED} FROM payouts_payout AS payout WHERE reference = %(reference)s
"""

# Who waits here for another claim's lock sees its lease afterwards, and gets no row. What staff
# held (deferral BY_HAND) and gave back was PROCESSING before its first claim. `coalesce` keeps the
# planner from looking for it among those that are due: few when it plans, many when it counts.
CLAIM = f"""
WITH payout AS (
    UPDATE payouts_payout AS payout
    SET status = 'PROCESSING', attempt = attempt + 1, open_attempts = open_attempts + 1,
        lease_expires_at = now() + make_interval(secs => %(lease_seconds)s),
        next_ring_at = now() + make_interval(secs => %(lease_seconds)s),
        updated_at = now()
    FROM payouts_recipient AS recipient
    WHERE payout.id = %(payout_id)s AND recipient.id = payout.recipient_id
        AND coalesce(payout.next_attempt_at <= now(), false) AND {_IS_FREE}
    RETURNING payout.*, recipient.is_active AS recipient_is_active
), event AS (
    INSERT INTO payouts_event
        (payout_id, type, at, actor, from_status, to_status, reason, attempt, request_id)
    SELECT id, 'payout.claimed', now(), 'system',
        CASE WHEN attempt = 1 AND deferral = '' THEN 'NEW' ELSE '' END,
        CASE WHEN attempt = 1 AND deferral = '' THEN 'PROCESSING' ELSE '' END,
        '', attempt, %(request_id)s
    FROM payout
)
SELECT {COLUMNS}, recipient_is_active, true AS is_leased FROM payout
"""

# Compare and set: every claim counts the attempt up, so whoever read an older one gets no row.
SAVE = f"""
WITH payout AS (
    UPDATE payouts_payout
    SET status = %(status)s, failure_code = %(failure_code)s, failure_reason = %(failure_reason)s,
        needs_review = %(needs_review)s, open_attempts = %(open_attempts)s,
        deferral = %(deferral)s, lease_expires_at = NULL,
        next_attempt_at = now() + make_interval(secs => %(due_in_seconds)s),
        next_ring_at = now() + make_interval(secs => %(due_in_seconds)s),
        deleted_at = CASE WHEN %(is_deleted)s THEN now() END,
        updated_at = now()
    WHERE id = %(payout_id)s AND attempt = %(attempt)s AND status = %(status_before)s
        AND deleted_at IS NULL
    RETURNING *
), event AS (
    INSERT INTO payouts_event
        (payout_id, type, at, actor, from_status, to_status, reason, attempt, request_id)
    SELECT id, %(event)s, now(), %(actor)s, %(from_status)s, %(to_status)s, %(reason)s, attempt,
        %(request_id)s
    FROM payout
)
SELECT {COLUMNS}, false AS is_leased FROM payout
"""

NOTE = """
WITH event AS (
    INSERT INTO payouts_event
        (payout_id, type, at, actor, from_status, to_status, reason, attempt, request_id)
    SELECT %(payout_id)s, %(event)s::text, now(), %(actor)s, '', '', %(reason)s, %(attempt)s,
        %(request_id)s
    WHERE NOT EXISTS (
        SELECT FROM payouts_event
        WHERE payout_id = %(payout_id)s AND type = %(event)s::text AND reason = %(reason)s
            AND attempt = %(attempt)s
    )
    RETURNING attempt
)
SELECT payout.id, payout.reference, payout.status, event.attempt
FROM payouts_payout AS payout, event WHERE payout.id = %(payout_id)s
"""

DUE = f"""
SELECT id FROM payouts_payout AS payout WHERE next_attempt_at <= now() AND {_IS_FREE}
ORDER BY next_attempt_at, id LIMIT %(limit)s
"""

# Rings are noted beside the payouts: to move `next_ring_at` on would write each row anew, and all
# of its indexes too, which takes the longer, the larger the table is.
FORGET_RINGS = "DELETE FROM payouts_rungagain WHERE quiet_until <= now() RETURNING payout_id"

# Of two sweepers that find the same payout, the second waits for the first, and gets no row.
STRANDED = """
INSERT INTO payouts_rungagain AS rung (payout_id, next_ring_at, quiet_until)
SELECT id, next_ring_at, now() + make_interval(secs => %(ring_again_seconds)s)
FROM payouts_payout AS payout
WHERE next_ring_at <= now() AND NOT EXISTS (
    SELECT FROM payouts_rungagain AS known
    WHERE known.payout_id = payout.id AND known.next_ring_at = payout.next_ring_at
)
ORDER BY next_ring_at LIMIT %(limit)s
ON CONFLICT (payout_id) DO UPDATE
    SET next_ring_at = excluded.next_ring_at, quiet_until = excluded.quiet_until
    WHERE rung.next_ring_at <> excluded.next_ring_at
RETURNING payout_id
"""
