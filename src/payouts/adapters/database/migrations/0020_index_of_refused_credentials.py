from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    """Index the payouts that wait because the bank refuses our token, while the service goes on."""

    atomic = False

    dependencies = [
        ("payouts", "0019_indexes_of_the_console"),
    ]

    operations = [
        AddIndexConcurrently(
            model_name="payout",
            index=models.Index(
                fields=["created_at", "id"],
                name="payout_not_authorised",
                condition=models.Q(
                    ("deferral", "NOT_AUTHORISED"), ("next_attempt_at__isnull", False)
                ),
            ),
        ),
    ]
