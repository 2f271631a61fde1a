"""What the template of the home page gets."""

from typing import Any

from django.http import HttpRequest

from payouts.domain.role import Permission
from payouts.entrypoints.console.home import health, presentation
from payouts.entrypoints.console.home.numbers import home_numbers


def home_context(request: HttpRequest) -> dict[str, Any]:
    """Raise DatabaseError if the numbers cannot be read. Without permission there are none."""
    if not request.user.has_perm(Permission.VIEW_PAYOUT):
        return {"may_view": False}
    numbers = home_numbers()
    parts = health.parts(numbers)
    return {
        "may_view": True,
        "read_at": numbers.state.read_at,
        "cards": presentation.cards(numbers),
        "is_calm": presentation.is_calm(numbers),
        "is_healthy": all(part.is_well for part in parts),
        "oldest": presentation.oldest(numbers.state),
        "money": presentation.money(numbers),
        "statuses": presentation.statuses(numbers),
        "success": presentation.success(numbers),
        "volume": presentation.volume(numbers),
        "times": presentation.times(numbers),
        "health": parts,
        "first_steps": presentation.first_steps(request, numbers.state),
    }
