"""The links on the page of a payout to the actions that it allows now."""

from typing import Any

from django.contrib.auth.models import AnonymousUser, User
from django.urls import reverse

from payouts.adapters.database.payouts import DatabasePayouts
from payouts.entrypoints.console.payouts.action_list import ACTIONS


def offered_actions(user: User | AnonymousUser, payout_id: int) -> dict[str, Any]:
    """Return the links that this user may follow, and whether a worker keeps them from it."""
    payout = DatabasePayouts().get_many([payout_id]).get(payout_id)
    if not payout:
        return {"is_in_flight": False, "links": []}
    allowed = [action for action in ACTIONS if user.has_perm(action.permission)]
    return {
        "is_in_flight": bool(allowed) and payout.is_leased,
        "links": [
            {"label": action.label, "url": reverse(f"admin:{action.page}", args=[payout_id])}
            for action in allowed
            if action.is_offered(payout) and not action.refusal(payout)
        ],
    }
