"""The queue of deliveries in PostgreSQL. Each change is one statement."""

from collections.abc import Collection, Sequence
from datetime import timedelta
from typing import Any

import structlog

from payouts.adapters.database import keyset
from payouts.adapters.database.client_events import to_client_message
from payouts.adapters.database.rows import Row, query
from payouts.adapters.database.webhooks import delivery_sql
from payouts.adapters.database.webhooks.endpoints import DatabaseEndpoints, to_target
from payouts.application.read_models import Page, Position
from payouts.application.webhooks.ports import (
    Attempt,
    ClaimedBatch,
    ClaimedDelivery,
    EndpointHealth,
)
from payouts.application.webhooks.read_models import DeliveryView
from payouts.domain.client_events import ClientEventType
from payouts.domain.errors import DeliveryNotFoundError
from payouts.domain.webhooks.retries import DeliveryStatus

log = structlog.get_logger("payouts")

# Constants, not parameters, because deliveries that are not delivered have an index of their own.
_STATUSES = {status: f"status = '{status.value}'" for status in DeliveryStatus} | {None: "true"}


class DatabaseDeliveries:
    """Serve the port `Deliveries`."""

    def fan_out(self, *, endpoint_id: int, size: int, max_due: int) -> int:
        [row] = query(delivery_sql.fan_out(size), {"endpoint_id": endpoint_id, "max_due": max_due})
        return int(row["events"])

    def enabled_endpoints(self) -> Sequence[int]:
        return [row["id"] for row in query(delivery_sql.ENABLED_ENDPOINTS, {})]

    def due_endpoints(self) -> Sequence[int]:
        return [row["id"] for row in query(delivery_sql.DUE_ENDPOINTS, {})]

    def claim(self, *, endpoint_id: int, limit: int, lease_seconds: float) -> ClaimedBatch | None:
        rows = query(
            delivery_sql.CLAIM,
            {"endpoint_id": endpoint_id, "limit": limit, "lease_seconds": lease_seconds},
        )
        if not rows:
            return None
        return ClaimedBatch(
            endpoint_id=endpoint_id,
            target=to_target(rows[0]),
            deliveries=[_to_claimed(row) for row in rows],
        )

    def record(self, *, endpoint_id: int, attempts: Sequence[Attempt]) -> EndpointHealth | None:
        rows = query(
            delivery_sql.RECORD,
            {
                "endpoint_id": endpoint_id,
                "has_success": any(attempt.answer.is_success for attempt in attempts),
                **_keys([attempt.delivery for attempt in attempts]),
                "statuses": [attempt.decision.status.value for attempt in attempts],
                "delays": [attempt.decision.due_in_seconds for attempt in attempts],
                "status_codes": [attempt.answer.status_code for attempt in attempts],
                "errors": [attempt.answer.error for attempt in attempts],
                "excerpts": [attempt.answer.excerpt for attempt in attempts],
            },
        )
        return EndpointHealth(**rows[0]) if rows else None

    def release(self, deliveries: Collection[ClaimedDelivery]) -> None:
        query(delivery_sql.RELEASE, _keys(deliveries))

    def resend(self, *, endpoint_id: int, delivery_id: int) -> DeliveryView:
        resent = _run_on_one(delivery_sql.RESEND, endpoint_id, delivery_id)
        log.info("webhook.resent", webhook_id=endpoint_id, delivery_id=delivery_id)
        return resent

    def one(self, *, endpoint_id: int, delivery_id: int) -> DeliveryView:
        return _run_on_one(delivery_sql.ONE, endpoint_id, delivery_id)

    def page(
        self,
        *,
        endpoint_id: int,
        size: int,
        position: Position | None,
        status: DeliveryStatus | None = None,
        event_type: ClientEventType | None = None,
    ) -> Page[DeliveryView]:
        DatabaseEndpoints().one(endpoint_id=endpoint_id)
        conditions = [
            keyset.NEWEST_FIRST.condition(position),
            _STATUSES[status],
            "event_type = %(event_type)s" if event_type else "true",
        ]
        sql = delivery_sql.PAGE.format(
            conditions=" AND ".join(conditions),
            order=keyset.NEWEST_FIRST.order(position),
            limit=keyset.limit(size),
        )
        asked = {"endpoint_id": endpoint_id, "event_type": event_type and event_type.value}
        rows = query(sql, asked | keyset.parameters(position))
        return keyset.NEWEST_FIRST.to_page(rows, _to_view, size=size, position=position)

    def remove_old(self, *, older_than: timedelta, limit: int) -> int:
        removed = query(delivery_sql.REMOVE_OLD, {"age": older_than, "limit": limit})
        query(delivery_sql.REMOVE_ENDPOINTS, {})
        return len(removed)


def _run_on_one(sql: str, endpoint_id: int, delivery_id: int) -> DeliveryView:
    """Return the row of the delivery; raise WebhookNotFoundError or DeliveryNotFoundError."""
    rows = query(sql, {"endpoint_id": endpoint_id, "delivery_id": delivery_id})
    if not rows:
        DatabaseEndpoints().one(endpoint_id=endpoint_id)
        raise DeliveryNotFoundError(delivery_id=delivery_id)
    return _to_view(rows[0])


def _keys(deliveries: Collection[ClaimedDelivery]) -> dict[str, Any]:
    return {
        "ids": [delivery.id for delivery in deliveries],
        "attempts": [delivery.attempt for delivery in deliveries],
    }


def _to_claimed(row: Row) -> ClaimedDelivery:
    return ClaimedDelivery(
        id=row["id"],
        attempt=row["attempts"],
        failures=row["failures"],
        message=to_client_message(row),
    )


def _to_view(row: Row) -> DeliveryView:
    return DeliveryView(
        **row
        | {
            "event_type": ClientEventType(row["event_type"]),
            "status": DeliveryStatus(row["status"]),
        }
    )
