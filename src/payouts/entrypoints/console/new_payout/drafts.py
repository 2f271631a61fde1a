"""What was filled in before it is confirmed, kept in the session.

Addresses do not have it, because they end up in access logs, and in links that others send.
"""

from collections.abc import Mapping
from uuid import UUID

from django.http import HttpRequest

_NAME = "payout_drafts"
_MAX_DRAFTS = 10


def keep_draft(request: HttpRequest, key: UUID, texts: Mapping[str, str]) -> None:
    """Keep it with the newest others; forms that were never confirmed are forgotten."""
    drafts = dict(request.session.get(_NAME, {}))
    drafts.pop(str(key), None)
    newest = [*drafts.items(), (str(key), dict(texts))][-_MAX_DRAFTS:]
    request.session[_NAME] = dict(newest)


def find_draft(request: HttpRequest, key: UUID) -> dict[str, str] | None:
    draft: dict[str, str] | None = request.session.get(_NAME, {}).get(str(key))
    return draft
