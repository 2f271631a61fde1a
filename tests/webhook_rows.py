"""Endpoints, payouts with events, and deliveries for tests, in the database."""

from datetime import timedelta
from typing import Any

from django.db import connection
from tests.contract.worlds import DatabaseWorld
from tests.event_horizon import wait_until_shown
from tests.unit.samples import a_request

from payouts.adapters.database.payouts import DatabasePayouts
from payouts.adapters.database.webhooks.deliveries import DatabaseDeliveries
from payouts.adapters.database.webhooks.endpoints import DatabaseEndpoints
from payouts.application.webhooks.ports import Attempt, ClaimedBatch
from payouts.application.webhooks.read_models import EndpointWithSecret
from payouts.domain.client_events import ClientEventType
from payouts.domain.history import EventType, HistoryEntry
from payouts.domain.payout import Payout
from payouts.domain.reference import new_reference
from payouts.domain.webhooks.endpoint import EndpointDetails
from payouts.domain.webhooks.retries import Answer, decide
from payouts.domain.webhooks.secret import new_secret
from payouts.domain.webhooks.url import WebhookUrl

MAX_DUE = 1_000


def make_endpoint(
    *event_types: ClientEventType, url: str = "https://hooks.example/"
) -> EndpointWithSecret:
    wait_until_shown()
    details = EndpointDetails(url=WebhookUrl.parse(url), event_types=event_types)
    return DatabaseEndpoints().add(details, secret=new_secret(), actor="stefan")


def make_payouts(count: int = 1) -> list[Payout]:
    """Each gives one event: payout.created."""
    recipient = DatabaseWorld().make_recipient()
    made = [
        DatabasePayouts().add(a_request(new_reference(), recipient=recipient), actor="ursula")
        for _ in range(count)
    ]
    return [payout for payout in made if payout]


def complete(payout: Payout) -> Payout:
    """Each gives two events: payout.processing and payout.completed."""
    claim = DatabasePayouts().claim(payout_id=payout.id, lease_seconds=30)
    assert claim
    entry = HistoryEntry(event=EventType.COMPLETED, actor="system")
    after = claim.payout.complete()
    saved = DatabasePayouts().save(before=claim.payout, after=after, entry=entry)
    assert saved
    return saved


def fan_out(endpoint_id: int, *, size: int = 100, max_due: int = MAX_DUE) -> int:
    """Read the next events, all that are committed included."""
    wait_until_shown()
    return fan_out_now(endpoint_id, size=size, max_due=max_due)


def fan_out_now(endpoint_id: int, *, size: int = 100, max_due: int = MAX_DUE) -> int:
    return DatabaseDeliveries().fan_out(endpoint_id=endpoint_id, size=size, max_due=max_due)


def claim(endpoint_id: int, *, limit: int = 100, lease_seconds: float = 30) -> ClaimedBatch | None:
    return DatabaseDeliveries().claim(
        endpoint_id=endpoint_id, limit=limit, lease_seconds=lease_seconds
    )


def record(batch: ClaimedBatch, *status_codes: int, **answer: Any) -> None:
    """Record these answers to the first deliveries of the batch."""
    attempts = []
    for delivery, status_code in zip(batch.deliveries, status_codes, strict=False):
        came = Answer(status_code=status_code, duration_seconds=0, **answer)
        decision = decide(came, failures=delivery.failures, jitter=0)
        attempts.append(Attempt(delivery, came, decision))
    DatabaseDeliveries().record(endpoint_id=batch.endpoint_id, attempts=attempts)


def message_ids(batch: ClaimedBatch | None) -> list[str]:
    return [delivery.message.id for delivery in batch.deliveries] if batch else []


def message_types(batch: ClaimedBatch | None) -> list[str]:
    return [delivery.message.type.value for delivery in batch.deliveries] if batch else []


def let_time_pass(seconds: float) -> None:
    """Let everything about webhooks have happened earlier."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE payouts_webhookdelivery SET created_at = created_at - %(time)s,
                next_attempt_at = next_attempt_at - %(time)s, delivered_at = delivered_at - %(time)s
            """,
            {"time": timedelta(seconds=seconds)},
        )
        cursor.execute(
            """
            UPDATE payouts_webhookendpoint SET failing_since = failing_since - %(time)s,
                previous_secret_expires_at = previous_secret_expires_at - %(time)s
            """,
            {"time": timedelta(seconds=seconds)},
        )
