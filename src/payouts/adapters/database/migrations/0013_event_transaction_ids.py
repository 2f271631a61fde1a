from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models

# Filled by the database, so that no INSERT names it. Events that exist already get 0: they come
# first, by their ids. A constant default is not written to the rows, so this takes no time.
SET_NO_OFFSET = """
CREATE OR REPLACE FUNCTION payouts_transaction_offset() RETURNS bigint
    LANGUAGE sql STABLE PARALLEL SAFE AS 'SELECT 0::bigint';
"""
ADD_COLUMN = f"""
{SET_NO_OFFSET}
ALTER TABLE payouts_event ADD COLUMN IF NOT EXISTS transaction_id bigint NOT NULL DEFAULT 0;
ALTER TABLE payouts_event ALTER COLUMN transaction_id
    SET DEFAULT pg_current_xact_id()::text::bigint + payouts_transaction_offset();
"""
DROP_COLUMN = """
ALTER TABLE payouts_event DROP COLUMN transaction_id;
DROP FUNCTION payouts_transaction_offset();
"""


class Migration(migrations.Migration):
    """Store with each event the transaction that wrote it, and index events by type and by it."""

    atomic = False

    dependencies = [
        ("payouts", "0012_roles_and_tokens"),
    ]

    operations = [
        migrations.RunSQL(
            ADD_COLUMN,
            DROP_COLUMN,
            state_operations=[
                migrations.AddField(
                    model_name="event",
                    name="transaction_id",
                    field=models.BigIntegerField(editable=False),
                ),
            ],
        ),
        # An attempt that failed leaves an invalid index.
        migrations.RunSQL(
            "DROP INDEX CONCURRENTLY IF EXISTS event_by_type", migrations.RunSQL.noop
        ),
        AddIndexConcurrently(
            model_name="event",
            index=models.Index(fields=["type", "transaction_id", "id"], name="event_by_type"),
        ),
    ]
