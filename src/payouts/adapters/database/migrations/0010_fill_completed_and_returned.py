from typing import Any

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models, transaction

_BATCH_SIZE = 5_000
_LAST_ID = "SELECT coalesce(max(id), 0) FROM payouts_payout"
# Deleted payouts have these times too, and a trigger refuses to change them.
_IGNORE_TRIGGER = """
SELECT set_config('pgtrigger.ignore', array_agg(tgname)::text, true) FROM pg_trigger
WHERE tgrelid = 'payouts_payout'::regclass AND tgname LIKE 'pgtrigger_payout_stays_deleted_%'
"""
_FILL = """
UPDATE payouts_payout AS payout SET
    completed_at = coalesce((
        SELECT min(at) FROM payouts_event
        WHERE payout_id = payout.id AND type = 'payout.completed'
    ), updated_at),
    returned_at = (
        SELECT min(at) FROM payouts_event
        WHERE payout_id = payout.id AND type = 'payout.returned'
    )
WHERE id BETWEEN %s AND %s AND status = 'COMPLETED' AND completed_at IS NULL
"""


def fill(_apps: Any, schema_editor: Any) -> None:
    """Take the times from the history, in batches that lock few rows at a time."""
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(_LAST_ID)
        [last_id] = cursor.fetchone()
        for first in range(1, last_id + 1, _BATCH_SIZE):
            with transaction.atomic(using=schema_editor.connection.alias):
                cursor.execute(_IGNORE_TRIGGER)
                cursor.execute(_FILL, [first, first + _BATCH_SIZE - 1])


class Migration(migrations.Migration):
    """Fill the new times and index them, while the service goes on."""

    atomic = False

    dependencies = [
        ("payouts", "0009_completed_and_returned"),
    ]

    operations = [
        migrations.RunPython(fill, migrations.RunPython.noop),
        AddIndexConcurrently(
            model_name="payout",
            index=models.Index(
                condition=models.Q(("returned_at__isnull", False)),
                fields=["created_at", "id"],
                name="payout_returned",
            ),
        ),
        AddIndexConcurrently(
            model_name="payout",
            index=models.Index(
                condition=models.Q(("completed_at__isnull", False)),
                fields=["completed_at", "id"],
                name="payout_completed",
            ),
        ),
    ]
