from django.db import migrations


class Migration(migrations.Migration):
    """Drop the indexes that Django adds to unique texts for LIKE: nobody looks for parts of them.

    Both are over random values, so each payout, claim and outcome wrote to two more pages that
    nobody else had touched.
    """

    dependencies = [
        ("payouts", "0005_rung_again"),
    ]

    operations = [
        migrations.RunSQL(
            f"DROP INDEX IF EXISTS {name}", reverse_sql=migrations.RunSQL.noop, elidable=False
        )
        for name in (
            "payouts_payout_reference_608c482c_like",
            "payouts_payout_idempotency_key_42dd0909_like",
        )
    ]
