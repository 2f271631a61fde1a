"""Keyset pagination: pages by (created_at, id), newest first, stable while rows are added."""

from typing import Any

from payouts.application.views import Page, PayoutView, Position, RecipientView


def condition(position: Position | None) -> str:
    if position is None:
        return "true"
    return f"(created_at, id) {'>' if position.newer else '<'} (%(place_at)s, %(place_id)s)"


def order(position: Position | None) -> str:
    return "created_at, id" if position and position.newer else "created_at DESC, id DESC"


def parameters(position: Position | None) -> dict[str, Any]:
    return {"place_at": position.created_at, "place_id": position.id} if position else {}


def limit(size: int) -> int:
    """Ask for one row too many, which tells whether the list goes on.

    The limit stands in the statement itself: a plan for an unknown one is made for much of a table.
    """
    return size + 1


def to_page[View: (PayoutView, RecipientView)](
    rows: list[View], *, size: int, position: Position | None
) -> Page[View]:
    """Cut the row too many, and say where the neighbouring pages start."""
    goes_on, rows = len(rows) > size, rows[:size]
    newer = bool(position and position.newer)
    if newer:
        rows.reverse()
    if not rows:
        return Page([], next=None, previous=None)
    first, last = rows[0], rows[-1]
    has_older = newer or goes_on
    has_newer = goes_on if newer else position is not None
    return Page(
        rows,
        next=Position(last["created_at"], last["id"]) if has_older else None,
        previous=Position(first["created_at"], first["id"], newer=True) if has_newer else None,
    )
