"""The pictures of the docs that need more data than a test."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from playwright.sync_api import expect
from tests.browser.console import Console
from tests.browser.test_home import open_home
from tests.payout_rows import fill_payouts

DAYS = 30
# The payouts of a day: currency, completed, failed, the average amount.
VOLUMES = (("EUR", 210, 3, "412.18"), ("USD", 95, 1, "980.40"), ("UAH", 64, 2, "15300.00"))
# Most take less than a second, a few take hours.
_COMPLETED = """
UPDATE payouts_payout SET completed_at = created_at + make_interval(
    secs => CASE id % 20 WHEN 0 THEN 4000 WHEN 1 THEN 90 WHEN 2 THEN 12 WHEN 3 THEN 4 ELSE 0.4 END
) WHERE status = 'COMPLETED'
"""


def fill_days() -> None:
    """Add the totals of 30 days, less on Saturdays and Sundays, the counts of their payouts, and
    enough payouts for a sample of the times until completion.
    """
    from payouts.adapters.database.models import DailyTotal, StatusCounts

    fill_payouts(900)
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE payouts_payout DISABLE TRIGGER USER")
        cursor.execute(_COMPLETED)
        cursor.execute("ALTER TABLE payouts_payout ENABLE TRIGGER USER")
    today = datetime.now(UTC).date()
    for currency, completed, failed, average in VOLUMES:
        sums = {"COMPLETED": 0, "FAILED": 0}
        for ago in range(DAYS):
            day = today - timedelta(days=ago)
            share = (0.3 if day.weekday() >= 5 else 1) * (1 + ago * 7 % 5 / 10)
            for status, count in (("COMPLETED", completed), ("FAILED", failed)):
                number = round(count * share)
                sums[status] += number
                amount = number * Decimal(average)
                DailyTotal.objects.create(
                    day=day, status=status, currency=currency, shard=99, count=number, amount=amount
                )
        StatusCounts.objects.create(
            shard=99,
            currency=currency,
            new_count=0,
            processing_count=0,
            completed_count=sums["COMPLETED"],
            failed_count=sums["FAILED"],
        )


@pytest.fixture
def payouts(console: Console) -> list[dict[str, Any]]:
    """Payouts to several recipients; the last one failed."""
    service = console.service
    names = ("Ada Lovelace", "Kyiv Bakery LLC", "Grace Hopper", "Charlie Closed")
    accounts = ("GB82WEST12345698765432", "UA213223130000026007233566001", "L-0042", "D-0001-AC04")
    made = []
    for name, account in zip(names, accounts, strict=True):
        recipient = service.make_recipient(name=name, account_number=account)
        made.append(service.make_payout(recipient["id"], amount="1250.00", currency="EUR"))
    for payout in made[:-1]:
        service.wait_for(payout["id"], "COMPLETED")
    return [*made[:-1], service.wait_for(made[-1]["id"], "FAILED")]


class TestPictures:
    def test_of_the_home_page(self, console: Console, payouts: list[dict[str, Any]]) -> None:
        fill_days()
        page = console.sign_in("operator", size=(1360, 1330))
        open_home(page, "Failed today")
        expect(page.get_by_text("No money has moved.")).to_be_visible()
        console.take_screenshot(page, "home")
