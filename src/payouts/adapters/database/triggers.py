"""Rules that the database enforces for every client: API, console, shell and raw SQL."""

import pgtrigger

from payouts.domain.status import TRANSITIONS, PayoutStatus

VERSION_SHARDS = 16
_SHARD = f"pg_backend_pid() % {VERSION_SHARDS}"

# The first value of a shard comes from the clock, so that a new database never repeats the versions
# of an earlier one whose pages may still be cached.
_INCREMENT_VERSION = f"""
INSERT INTO payouts_listversion AS counter (shard, version)
VALUES ({_SHARD}, extract(epoch FROM clock_timestamp()) * 1000000)
ON CONFLICT (shard) DO UPDATE SET version = counter.version + 1;
"""


def _counts(change: str) -> str:
    """Add to the counts by status. `change` is what to add, in terms of a {status}."""
    changes = {f"{s.value.lower()}_count": change.format(status=s.value) for s in PayoutStatus}
    return f"""
INSERT INTO payouts_statuscounts AS counter (shard, currency, {", ".join(changes)})
VALUES ({_SHARD}, NEW.currency, {", ".join(changes.values())})
ON CONFLICT (shard, currency) DO UPDATE SET
    {", ".join(f"{name} = counter.{name} + excluded.{name}" for name in changes)};
"""


# The row of the version is locked first, so the transactions of a shard do not deadlock.
_ADD_TO_LIST = f"""
{_INCREMENT_VERSION}
{_counts("(NEW.status = '{status}')::int")}
RETURN NULL;
"""
_IS = "({row}.status = '{{status}}' AND {row}.deleted_at IS NULL)::int"
_CHANGE_LIST = f"""
{_INCREMENT_VERSION}
IF (OLD.status, OLD.deleted_at) IS DISTINCT FROM (NEW.status, NEW.deleted_at) THEN
{_counts(f"{_IS.format(row='NEW')} - {_IS.format(row='OLD')}")}
END IF;
RETURN NULL;
"""
_ADD_TO_DAY = f"""
INSERT INTO payouts_dailytotal AS total (day, status, currency, shard, count, amount)
VALUES (
    (now() AT TIME ZONE 'UTC')::date, NEW.status, NEW.currency, {_SHARD}, 1, NEW.amount
)
ON CONFLICT (day, status, currency, shard)
    DO UPDATE SET count = total.count + 1, amount = total.amount + NEW.amount;
RETURN NULL;
"""

# The columns that clients see and that can change.
_VISIBLE_COLUMNS = [
    "status",
    "failure_code",
    "failure_reason",
    "needs_review",
    "updated_at",
    "returned_at",
    "deleted_at",
]
_MUTABLE_COLUMNS = [
    *_VISIBLE_COLUMNS,
    "attempt",
    "open_attempts",
    "deferral",
    "pending_count",
    "next_attempt_at",
    "next_enqueue_at",
    "lease_expires_at",
    "completed_at",
]


def _refuse_truncate(name: str) -> pgtrigger.Trigger:
    return pgtrigger.Trigger(
        name=name,
        operation=pgtrigger.Truncate,
        level=pgtrigger.Statement,
        when=pgtrigger.Before,
        func="RAISE EXCEPTION 'Records of money are not erased: table %', TG_TABLE_NAME;",
    )


payout_triggers = [
    pgtrigger.Protect(
        name="payout_starts_new",
        operation=pgtrigger.Insert,
        condition=~pgtrigger.Q(new__status=PayoutStatus.NEW.value),
    ),
    pgtrigger.FSM(
        name="payout_follows_the_state_graph",
        field="status",
        transitions=sorted(
            (current.value, following.value)
            for current, all_following in TRANSITIONS.items()
            for following in all_following
        ),
        condition=pgtrigger.AnyChange("status"),
    ),
    # Whichever release or person completes a payout, reconciliation finds it by this time.
    pgtrigger.Trigger(
        name="payout_sets_completed_at",
        when=pgtrigger.Before,
        operation=pgtrigger.Update,
        condition=pgtrigger.Q(new__status=PayoutStatus.COMPLETED.value)
        & ~pgtrigger.Q(old__status=PayoutStatus.COMPLETED.value),
        func="NEW.completed_at = now(); RETURN NEW;",
    ),
    # A new column is immutable until it is listed here.
    pgtrigger.ReadOnly(name="payout_keeps_what_was_agreed", exclude=_MUTABLE_COLUMNS),
    pgtrigger.Protect(
        name="payout_stays_deleted",
        operation=pgtrigger.Update,
        condition=pgtrigger.Q(old__deleted_at__isnull=False),
    ),
    pgtrigger.Protect(name="payout_is_never_erased", operation=pgtrigger.Delete),
    _refuse_truncate("payouts_are_never_emptied"),
    # For each row, because a statement that changes no row, such as a replay, changes no list.
    pgtrigger.Trigger(
        name="payout_adds_to_the_list",
        level=pgtrigger.Row,
        when=pgtrigger.After,
        operation=pgtrigger.Insert,
        func=_ADD_TO_LIST,
    ),
    pgtrigger.Trigger(
        name="payout_changes_the_list",
        level=pgtrigger.Row,
        when=pgtrigger.After,
        operation=pgtrigger.Update,
        condition=pgtrigger.AnyChange(*_VISIBLE_COLUMNS),
        func=_CHANGE_LIST,
    ),
    pgtrigger.Trigger(
        name="payout_counts_on_the_day",
        level=pgtrigger.Row,
        when=pgtrigger.After,
        operation=pgtrigger.Update,
        condition=pgtrigger.Q(
            old__status__df=pgtrigger.F("new__status"),
            new__status__in=[status.value for status in PayoutStatus if status.is_terminal],
        ),
        func=_ADD_TO_DAY,
    ),
]

recipient_change_triggers = [
    pgtrigger.Protect(
        name="recipient_change_is_final", operation=pgtrigger.Update | pgtrigger.Delete
    ),
    _refuse_truncate("recipient_changes_are_never_emptied"),
]

event_triggers = [
    pgtrigger.Protect(name="event_is_final", operation=pgtrigger.Update | pgtrigger.Delete),
    _refuse_truncate("events_are_never_emptied"),
]
