from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    """Index what operators look for, while the service goes on."""

    atomic = False

    dependencies = [
        ("payouts", "0018_fill_statistics"),
    ]

    operations = [
        AddIndexConcurrently(
            model_name="payout",
            index=models.Index(
                fields=["failure_code", "created_at", "id"],
                name="payout_by_failure_code",
                condition=models.Q(("failure_code", ""), _negated=True),
            ),
        ),
        AddIndexConcurrently(
            model_name="payout",
            index=models.Index(
                fields=["created_at", "id"],
                name="payout_deleted",
                condition=models.Q(("deleted_at__isnull", False)),
            ),
        ),
    ]
