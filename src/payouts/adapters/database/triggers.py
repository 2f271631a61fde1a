"""Rules that the database itself holds against everybody: API, console, shell and raw SQL."""

import pgtrigger

from payouts.domain.status import TRANSITIONS, PayoutStatus

VERSION_SHARDS = 16

# The first value of a shard comes from the clock, so that a database that was made anew never
# repeats the versions of an earlier one whose pages may still be cached.
_COUNT_VERSION = f"""
INSERT INTO payouts_listversion AS counter (shard, version)
VALUES (pg_backend_pid() % {VERSION_SHARDS}, extract(epoch FROM clock_timestamp()) * 1000000)
ON CONFLICT (shard) DO UPDATE SET version = counter.version + 1;
RETURN NULL;
"""


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
    pgtrigger.ReadOnly(
        name="payout_keeps_what_was_agreed",
        fields=[
            "id",
            "reference",
            "idempotency_key",
            "amount",
            "currency",
            "minor_units",
            "recipient",
            "recipient_name_snapshot",
            "account_number_snapshot",
            "bank_code_snapshot",
            "created_at",
        ],
    ),
    pgtrigger.Protect(
        name="payout_stays_deleted",
        operation=pgtrigger.Update,
        condition=pgtrigger.Q(old__deleted_at__isnull=False),
    ),
    pgtrigger.Protect(name="payout_is_never_erased", operation=pgtrigger.Delete),
    _refuse_truncate("payouts_are_never_emptied"),
    # Only for what a list can show: the sweeper's own columns do not count. For each row, because
    # a statement that changes none, such as a replay's, is none to the list either.
    pgtrigger.Trigger(
        name="payout_changes_the_list",
        level=pgtrigger.Row,
        when=pgtrigger.After,
        operation=pgtrigger.Insert
        | pgtrigger.UpdateOf(
            "status", "failure_code", "failure_reason", "needs_review", "updated_at", "deleted_at"
        ),
        func=_COUNT_VERSION,
    ),
]

event_triggers = [
    pgtrigger.Protect(name="event_is_final", operation=pgtrigger.Update | pgtrigger.Delete),
    _refuse_truncate("events_are_never_emptied"),
]
