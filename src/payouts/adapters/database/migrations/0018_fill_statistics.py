from django.db import migrations

# Each statement reads one snapshot, so the difference between the payouts and what the triggers
# have counted is exact while the service goes on. A shard of its own takes it.
_FILL_COUNTS = """
INSERT INTO payouts_statuscounts AS counter
    (shard, currency, new_count, processing_count, completed_count, failed_count)
SELECT 16, currency, sum(new), sum(processing), sum(completed), sum(failed) FROM (
    SELECT currency,
        count(*) FILTER (WHERE status = 'NEW'), count(*) FILTER (WHERE status = 'PROCESSING'),
        count(*) FILTER (WHERE status = 'COMPLETED'), count(*) FILTER (WHERE status = 'FAILED')
    FROM payouts_payout WHERE deleted_at IS NULL GROUP BY currency
    UNION ALL
    SELECT currency, -new_count, -processing_count, -completed_count, -failed_count
    FROM payouts_statuscounts
) AS part (currency, new, processing, completed, failed)
GROUP BY currency
ON CONFLICT (shard, currency) DO UPDATE SET
    new_count = counter.new_count + excluded.new_count,
    processing_count = counter.processing_count + excluded.processing_count,
    completed_count = counter.completed_count + excluded.completed_count,
    failed_count = counter.failed_count + excluded.failed_count
"""
_FILL_DAYS = """
INSERT INTO payouts_dailytotal AS total (day, status, currency, shard, count, amount)
SELECT day, status, currency, 16, sum(count), sum(amount) FROM (
    SELECT
        (coalesce(completed_at, (
            SELECT min(at) FROM payouts_event
            WHERE payout_id = payout.id AND type = 'payout.failed'
        ), updated_at) AT TIME ZONE 'UTC')::date,
        status, currency, 1, amount
    FROM payouts_payout AS payout WHERE status IN ('COMPLETED', 'FAILED')
    UNION ALL
    SELECT day, status, currency, -count, -amount FROM payouts_dailytotal
) AS part (day, status, currency, count, amount)
GROUP BY day, status, currency HAVING sum(count) <> 0
ON CONFLICT (day, status, currency, shard)
    DO UPDATE SET count = total.count + excluded.count, amount = total.amount + excluded.amount
"""


class Migration(migrations.Migration):
    """Count the payouts that were there before the triggers, without a lock."""

    dependencies = [
        ("payouts", "0017_statistics"),
    ]

    operations = [
        migrations.RunSQL([_FILL_COUNTS, _FILL_DAYS], migrations.RunSQL.noop),
    ]
