"""The id of the request or task that a statement is part of."""

import structlog


def current_request_id() -> str:
    """Return "" outside of requests and tasks."""
    return str(structlog.contextvars.get_contextvars().get("request_id", ""))
