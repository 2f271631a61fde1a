"""Webhook endpoints in PostgreSQL."""

from collections.abc import Mapping
from dataclasses import fields
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any, Final

import structlog

from payouts.adapters.database import keyset
from payouts.adapters.database.client_events import HORIZON, LARGEST_ID
from payouts.adapters.database.rows import Row, query
from payouts.adapters.database.webhooks.replay import MOVE_BACK, position_before
from payouts.application.read_models import Page, Position
from payouts.application.webhooks.ports import EndpointChanges, Target
from payouts.application.webhooks.read_models import EndpointView, EndpointWithSecret
from payouts.domain.client_events import ClientEventType
from payouts.domain.errors import WebhookNotFoundError
from payouts.domain.webhooks.endpoint import DisabledReason, EndpointDetails

log = structlog.get_logger("payouts")

SECRETS: Final = """
endpoint.secret,
CASE WHEN endpoint.previous_secret_expires_at > now() THEN endpoint.previous_secret ELSE '' END
    AS previous_secret
"""
_COLUMNS = ", ".join(field.name for field in fields(EndpointView))
_NOT_REMOVED = "removed_at IS NULL"
_THIS = f"id = %(endpoint_id)s AND {_NOT_REMOVED}"

# The cursor starts where all transactions have ended.
_ADD = f"""
INSERT INTO payouts_webhookendpoint (
    url, event_types, description, is_enabled, disabled_reason, secret, previous_secret,
    cursor_transaction_id, cursor_event_id, replay_until_transaction_id, replay_until_event_id,
    created_by, created_at, updated_at
)
VALUES (
    %(url)s, %(event_types)s::text[], %(description)s, true, '', %(secret)s, '',
    {HORIZON} - 1, {LARGEST_ID}, 0, 0,
    %(actor)s, now(), now()
)
RETURNING {_COLUMNS}, secret
"""
_CHANGE = f"""
UPDATE payouts_webhookendpoint SET {{assignments}}, updated_at = now() WHERE {_THIS}
RETURNING {_COLUMNS}
"""
_ASSIGNMENTS = {
    "url": "url = %(url)s",
    "event_types": "event_types = %(event_types)s::text[]",
    "description": "description = %(description)s",
}
_ENABLE = """
is_enabled = true, disabled_reason = '',
failing_since = CASE WHEN is_enabled THEN failing_since END
"""
_DISABLE = f"""
is_enabled = false,
disabled_reason =
    CASE WHEN is_enabled THEN '{DisabledReason.MANUAL.value}' ELSE disabled_reason END
"""
_DISABLE_FOR = f"""
UPDATE payouts_webhookendpoint
SET is_enabled = false, disabled_reason = %(reason)s, updated_at = now()
WHERE {_THIS} AND is_enabled
RETURNING url, failing_since
"""
_REPLACE_SECRET = f"""
UPDATE payouts_webhookendpoint
SET previous_secret = secret, secret = %(secret)s, updated_at = now(),
    previous_secret_expires_at = now() + %(overlap)s
WHERE {_THIS}
RETURNING {_COLUMNS}, secret
"""
# The rows of its deliveries are removed later, some at a time.
_REMOVE = f"""
UPDATE payouts_webhookendpoint
SET removed_at = now(), updated_at = now(), is_enabled = false, disabled_reason = 'MANUAL',
    secret = '', previous_secret = ''
WHERE {_THIS}
RETURNING id
"""
_REPLAY = _CHANGE.format(assignments=MOVE_BACK)
_TARGET = f"SELECT url, {SECRETS} FROM payouts_webhookendpoint AS endpoint WHERE {_THIS}"
_ONE = f"SELECT {_COLUMNS} FROM payouts_webhookendpoint WHERE {_THIS}"
_PAGE = f"""
SELECT {_COLUMNS} FROM payouts_webhookendpoint WHERE {_NOT_REMOVED} AND {{condition}}
ORDER BY {{order}} LIMIT {{limit}}
"""


class DatabaseEndpoints:
    """Serve the port `Endpoints`."""

    def add(self, details: EndpointDetails, *, secret: str, actor: str) -> EndpointWithSecret:
        columns = {
            "url": details.url.text,
            "event_types": [type_.value for type_ in details.event_types],
            "description": details.description,
        }
        [row] = query(_ADD, columns | {"secret": secret, "actor": actor})
        log.info("webhook.created", webhook_id=row["id"], url=row["url"])
        return _to_view_with_secret(row)

    def change(self, *, endpoint_id: int, changes: EndpointChanges) -> EndpointView:
        assignments = [sql for name, sql in _ASSIGNMENTS.items() if name in changes]
        if "is_enabled" in changes:
            assignments.append(_ENABLE if changes["is_enabled"] else _DISABLE)
        if not assignments:
            return self.one(endpoint_id=endpoint_id)
        columns = {
            "url": changes["url"].text if "url" in changes else None,
            "event_types": [type_.value for type_ in changes.get("event_types", ())],
            "description": changes.get("description"),
        }
        row = _run(_CHANGE.format(assignments=", ".join(assignments)), endpoint_id, columns)
        log.info("webhook.changed", webhook_id=endpoint_id, fields=sorted(changes))
        return _to_view(row)

    def disable(self, *, endpoint_id: int, reason: DisabledReason) -> bool:
        rows = query(_DISABLE_FOR, {"endpoint_id": endpoint_id, "reason": reason.value})
        for row in rows:
            log.warning(
                "webhook.disabled",
                webhook_id=endpoint_id,
                reason=reason.value,
                url=row["url"],
                failing_since=row["failing_since"],
            )
        return bool(rows)

    def replace_secret(
        self, *, endpoint_id: int, secret: str, overlap: timedelta
    ) -> EndpointWithSecret:
        row = _run(_REPLACE_SECRET, endpoint_id, {"secret": secret, "overlap": overlap})
        log.info("webhook.secret_rotated", webhook_id=endpoint_id)
        return _to_view_with_secret(row)

    def replay(self, *, endpoint_id: int, since: datetime) -> EndpointView:
        position = position_before(since)
        columns = {
            "since": since,
            "transaction_id": position.transaction_id,
            "event_id": position.id,
        }
        row = _run(_REPLAY, endpoint_id, columns)
        log.info("webhook.replayed", webhook_id=endpoint_id, since=since)
        return _to_view(row)

    def remove(self, *, endpoint_id: int) -> None:
        _run(_REMOVE, endpoint_id)
        log.info("webhook.removed", webhook_id=endpoint_id)

    def target(self, *, endpoint_id: int) -> Target:
        return to_target(_run(_TARGET, endpoint_id))

    def one(self, *, endpoint_id: int) -> EndpointView:
        return _to_view(_run(_ONE, endpoint_id))

    def page(self, *, size: int, position: Position | None) -> Page[EndpointView]:
        sql = _PAGE.format(
            condition=keyset.NEWEST_FIRST.condition(position),
            order=keyset.NEWEST_FIRST.order(position),
            limit=keyset.limit(size),
        )
        rows = query(sql, keyset.parameters(position))
        return keyset.NEWEST_FIRST.to_page(rows, _to_view, size=size, position=position)


def to_target(row: Row) -> Target:
    """Read the url and the SECRETS of a row."""
    return Target(row["url"], tuple(filter(None, [row["secret"], row["previous_secret"]])))


def _run(sql: str, endpoint_id: int, columns: Mapping[str, Any] = MappingProxyType({})) -> Row:
    """Return the row of the endpoint; raise WebhookNotFoundError."""
    rows = query(sql, {**columns, "endpoint_id": endpoint_id})
    if not rows:
        raise WebhookNotFoundError(endpoint_id=endpoint_id)
    return rows[0]


def _to_view(row: Row) -> EndpointView:
    return EndpointView(**_shown(row))


def _to_view_with_secret(row: Row) -> EndpointWithSecret:
    return EndpointWithSecret(**_shown(row), secret=row["secret"])


def _shown(row: Row) -> Row:
    shown = {field.name: row[field.name] for field in fields(EndpointView)}
    return shown | {
        "event_types": [ClientEventType(text) for text in row["event_types"]],
        "description": row["description"] or None,
        "disabled_reason": DisabledReason(row["disabled_reason"])
        if row["disabled_reason"]
        else None,
    }
