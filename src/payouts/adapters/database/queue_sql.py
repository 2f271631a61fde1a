"""The SQL of the queue of record. `now()` is the database's clock, the only one that counts."""

from payouts.adapters.database.rows import PAYOUT_COLUMNS, REQUEST_COLUMNS

_IS_DUE = "coalesce(payout.next_attempt_at <= now(), false) AS is_due"
_COLUMNS = ", ".join([*(f"payout.{name}" for name in PAYOUT_COLUMNS), _IS_DUE])
_IS_LEASED = "coalesce(payout.lease_expires_at > now(), false) AS is_leased"
_IS_FREE = "coalesce(payout.lease_expires_at <= now(), true)"

PAYOUT_FIELDS = f"{_COLUMNS}, {_IS_LEASED}"
SELECT_PAYOUT = f"SELECT {PAYOUT_FIELDS} FROM payouts_payout AS payout"

# The left joins from a constant row give one row whatever exists: payout, recipient, both, neither.
FIND_EXISTING = f"""
SELECT {_COLUMNS}, {_IS_LEASED},
    recipient.type AS recipient_type, recipient.name AS recipient_name,
    recipient.account_number AS recipient_account_number,
    recipient.bank_code AS recipient_bank_code, recipient.country AS recipient_country,
    recipient.is_active AS recipient_is_active
FROM (VALUES (1)) AS always(present)
LEFT JOIN payouts_payout AS payout ON payout.idempotency_key = %(idempotency_key)s
LEFT JOIN payouts_recipient AS recipient ON recipient.id = %(recipient_id)s
"""

# PayoutRequest.order in SQL, in one round trip: the recipient is read, checked and copied in one
# snapshot. ON CONFLICT waits for a concurrent request with the same key: if that commits, nothing
# is inserted here; if it rolls back, the key is free. FOR KEY SHARE locks the recipient before a
# trigger locks a row of the list's version; the foreign key would do so afterwards. A payout that
# waits for its recipient must not hold up other payouts.
ADD = f"""
WITH payout AS (
    INSERT INTO payouts_payout (
        {", ".join(REQUEST_COLUMNS)},
        recipient_name_snapshot, account_number_snapshot, bank_code_snapshot,
        status, failure_code, failure_reason, needs_review,
        attempt, open_attempts, deferral, pending_count,
        next_attempt_at, next_enqueue_at, created_at, updated_at
    )
    SELECT {", ".join(f"%({name})s" for name in REQUEST_COLUMNS)},
        name, account_number, bank_code,
        'NEW', '', '', false, 0, 0, '', 0,
        now(), now() + make_interval(secs => %(first_requeue_seconds)s), now(), now()
    FROM payouts_recipient WHERE id = %(recipient_id)s AND is_active FOR KEY SHARE
    ON CONFLICT (idempotency_key) DO NOTHING
    RETURNING *
), event AS (
    INSERT INTO payouts_event
        (payout_id, type, at, actor, from_status, to_status, reason, attempt, request_id)
    SELECT id, 'payout.created', now(), %(actor)s, '', status, '', attempt, %(request_id)s
    FROM payout
)
SELECT {_COLUMNS}, false AS is_leased FROM payout
"""

GET = f"{SELECT_PAYOUT} WHERE id = %(payout_id)s AND deleted_at IS NULL"

GET_MANY = f"{SELECT_PAYOUT} WHERE id = ANY (%(payout_ids)s) AND deleted_at IS NULL"

FIND_BY_REFERENCE = f"{SELECT_PAYOUT} WHERE reference = %(reference)s"

# A concurrent claim waits for the row lock, then sees the lease and updates nothing. Only the claim
# that changes the status is an event, and changes what a list shows. `coalesce` keeps the condition
# out of the reach of the index of due payouts: with outdated statistics PostgreSQL takes that index
# for cheaper than the primary key, and reads all that is due.
CLAIM = f"""
WITH due AS (
    SELECT payout.id, payout.status, recipient.is_active
    FROM payouts_payout AS payout
    JOIN payouts_recipient AS recipient ON recipient.id = payout.recipient_id
    WHERE payout.id = %(payout_id)s
        AND coalesce(payout.next_attempt_at <= now(), false) AND {_IS_FREE}
    FOR NO KEY UPDATE OF payout
), payout AS (
    UPDATE payouts_payout AS payout
    SET status = 'PROCESSING', attempt = attempt + 1, open_attempts = open_attempts + 1,
        lease_expires_at = now() + make_interval(secs => %(lease_seconds)s),
        next_enqueue_at = now() + make_interval(secs => %(lease_seconds)s),
        updated_at = CASE WHEN due.status = 'NEW' THEN now() ELSE payout.updated_at END
    FROM due WHERE payout.id = due.id
    RETURNING payout.*, due.status AS status_before, due.is_active AS recipient_is_active
), event AS (
    INSERT INTO payouts_event
        (payout_id, type, at, actor, from_status, to_status, reason, attempt, request_id)
    SELECT id, 'payout.claimed', now(), 'system', status_before, status, '', attempt,
        %(request_id)s
    FROM payout WHERE status_before = 'NEW'
)
SELECT {_COLUMNS}, recipient_is_active, true AS is_leased FROM payout
"""

# Compare and set: every claim increments `attempt`, so a caller that read the payout before the
# newest claim updates nothing.
_SAVE = f"""
WITH before AS (
    SELECT id FROM payouts_payout
    WHERE id = %(payout_id)s AND attempt = %(attempt)s AND status = %(status_before)s
        AND deleted_at IS NULL
    FOR NO KEY UPDATE {{nowait}}
), payout AS (
    UPDATE payouts_payout AS payout
    SET status = %(status)s, failure_code = %(failure_code)s, failure_reason = %(failure_reason)s,
        needs_review = %(needs_review)s, open_attempts = %(open_attempts)s,
        deferral = %(deferral)s, pending_count = %(pending_count)s, lease_expires_at = NULL,
        next_attempt_at = now() + make_interval(secs => %(due_in_seconds)s),
        next_enqueue_at = now() + make_interval(secs => %(due_in_seconds)s),
        deleted_at = CASE WHEN %(is_deleted)s THEN now() END,
        updated_at = CASE WHEN %(is_visible)s THEN now() ELSE payout.updated_at END
    FROM before WHERE payout.id = before.id
    RETURNING payout.*
), event AS (
    INSERT INTO payouts_event
        (payout_id, type, at, actor, from_status, to_status, reason, attempt, request_id)
    SELECT id, %(event)s, now(), %(actor)s, %(from_status)s, %(to_status)s, %(reason)s, attempt,
        %(request_id)s
    FROM payout WHERE NOT %(log_only)s
)
SELECT {_COLUMNS}, false AS is_leased FROM payout
"""
SAVE = _SAVE.format(nowait="")
SAVE_NOWAIT = _SAVE.format(nowait="NOWAIT")

# Before a statement with _EVENT_ONCE: what another caller has appended meanwhile is visible only to
# a statement that starts after the lock was taken.
LOCK_PAYOUT = "SELECT id FROM payouts_payout WHERE id = %(payout_id)s FOR NO KEY UPDATE"

_EVENT_ONCE = """
event AS (
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
"""
APPEND_HISTORY = f"""
WITH {_EVENT_ONCE}
SELECT payout.id, payout.reference, payout.status, event.attempt
FROM payouts_payout AS payout, event WHERE payout.id = %(payout_id)s
"""

# A trigger refuses every change of a deleted payout.
RECORD_RETURN = f"""
WITH returned AS (
    UPDATE payouts_payout SET returned_at = now(), updated_at = now()
    WHERE id = %(payout_id)s AND returned_at IS NULL AND deleted_at IS NULL
), {_EVENT_ONCE}
SELECT payout.id, payout.reference, payout.status, event.attempt
FROM payouts_payout AS payout, event WHERE payout.id = %(payout_id)s
"""

BEFORE_ALL_DUE = """
SELECT now() AS started_at, timestamptz 'epoch' AS next_attempt_at, 0::bigint AS id
"""

# A payout that is tried, and is due again before the last batch, is not read again.
DUE = f"""
SELECT id, next_attempt_at FROM payouts_payout AS payout
WHERE next_attempt_at <= %(started_at)s AND {_IS_FREE}
    AND (next_attempt_at, id) > (%(next_attempt_at)s, %(id)s)
ORDER BY next_attempt_at, id LIMIT %(limit)s
"""

FORGET_REQUEUES = "DELETE FROM payouts_requeue WHERE wait_until <= now() RETURNING payout_id"

COUNT_WAITING = """
SELECT count(*) AS waiting FROM payouts_requeue AS requeue
JOIN payouts_payout AS payout ON payout.id = requeue.payout_id
    AND payout.next_enqueue_at = requeue.next_enqueue_at
"""

# That a payout was enqueued again is recorded beside it: to change `next_enqueue_at` would write a
# new version of the row and of all its index entries. A record counts for one `next_enqueue_at`:
# a payout that becomes due at another time may be enqueued at once. When two processes find the
# same payout, the second one waits for the first and gets no row.
TAKE_OVERDUE = """
INSERT INTO payouts_requeue AS requeue (payout_id, next_enqueue_at, wait_until)
SELECT id, next_enqueue_at, now() + make_interval(secs => %(interval_seconds)s)
FROM payouts_payout AS payout
WHERE next_enqueue_at <= now() AND NOT EXISTS (
    SELECT FROM payouts_requeue AS known
    WHERE known.payout_id = payout.id AND known.next_enqueue_at = payout.next_enqueue_at
)
ORDER BY next_enqueue_at LIMIT %(limit)s
ON CONFLICT (payout_id) DO UPDATE
    SET next_enqueue_at = excluded.next_enqueue_at, wait_until = excluded.wait_until
    WHERE requeue.next_enqueue_at <> excluded.next_enqueue_at
RETURNING payout_id
"""
