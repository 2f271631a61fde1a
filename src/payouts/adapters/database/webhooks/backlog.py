"""How much waits for each endpoint."""

from collections.abc import Sequence
from typing import Any, Final

from payouts.adapters.database.client_events import next_events
from payouts.adapters.database.webhooks.delivery_sql import CURSOR, IS_CHOSEN
from payouts.application.read_models import EndpointBacklog

# Reading stops here, so that the statement takes about a millisecond for an endpoint with so many.
COUNT_LIMIT: Final = 1_000
_EVENTS = next_events(
    after=CURSOR,
    size=COUNT_LIMIT,
    condition=IS_CHOSEN,
)

# An array of [endpoint, is_enabled, waiting, seconds], for one column of a larger statement.
BACKLOGS: Final = f"""
(SELECT coalesce(jsonb_agg(jsonb_build_array(
    endpoint.id, endpoint.is_enabled, least(delivery.count + event.count, {COUNT_LIMIT}),
    coalesce(extract(epoch FROM now() - least(oldest.created_at, event.first_at)), 0)
) ORDER BY endpoint.id), '[]')
FROM payouts_webhookendpoint AS endpoint
CROSS JOIN LATERAL (
    SELECT count(*) FROM (
        SELECT FROM payouts_webhookdelivery
        WHERE endpoint_id = endpoint.id AND next_attempt_at IS NOT NULL LIMIT {COUNT_LIMIT}
    ) AS waiting
) AS delivery
CROSS JOIN LATERAL (
    SELECT count(*), min(at) AS first_at FROM ({_EVENTS}) AS waiting
) AS event
LEFT JOIN LATERAL (
    SELECT created_at FROM payouts_webhookdelivery
    WHERE endpoint_id = endpoint.id AND status = 'PENDING' ORDER BY created_at LIMIT 1
) AS oldest ON true
WHERE endpoint.removed_at IS NULL)
"""


def to_backlogs(values: Sequence[Sequence[Any]]) -> Sequence[EndpointBacklog]:
    return [
        EndpointBacklog(endpoint_id, is_enabled, waiting, round(max(oldest_seconds, 0), 1))
        for endpoint_id, is_enabled, waiting, oldest_seconds in values
    ]
