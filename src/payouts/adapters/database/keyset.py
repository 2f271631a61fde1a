"""Keyset pagination: a page starts after a row, so a deep page costs as much as the first."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from payouts.adapters.database.rows import Row
from payouts.application.read_models import Page, Position


@dataclass(frozen=True, slots=True)
class Keyset:
    """The order of a list. `columns` identify a row, and are named as in `Position`."""

    columns: tuple[str, ...]
    is_newest_first: bool

    def condition(self, position: Position | None) -> str:
        if position is None:
            return "true"
        columns = ", ".join(self.columns)
        values = ", ".join(f"%(position_{column})s" for column in self.columns)
        return f"({columns}) {'>' if position.newer else '<'} ({values})"

    def order(self, position: Position | None) -> str:
        is_ascending = position.newer if position else not self.is_newest_first
        return ", ".join(f"{column} {'ASC' if is_ascending else 'DESC'}" for column in self.columns)

    def to_page[View](
        self,
        rows: list[Row],
        to_view: Callable[[Row], View],
        *,
        size: int,
        position: Position | None,
    ) -> Page[View]:
        """Cut the row that is one too many, and find where the neighbouring pages start."""
        is_backwards = position is not None and position.newer is self.is_newest_first
        has_more, shown = len(rows) > size, rows[:size]
        if not shown:
            return Page([], next=None, previous=None)
        if is_backwards:
            shown.reverse()
        has_next = is_backwards or has_more
        has_previous = has_more if is_backwards else position is not None
        return Page(
            [to_view(row) for row in shown],
            next=self._position(shown[-1], is_next=True) if has_next else None,
            previous=self._position(shown[0], is_next=False) if has_previous else None,
        )

    def _position(self, row: Row, *, is_next: bool) -> Position:
        created_at = row["created_at"] if "created_at" in self.columns else row["at"]
        return Position(created_at, row["id"], newer=is_next is not self.is_newest_first)


NEWEST_FIRST = Keyset(("created_at", "id"), is_newest_first=True)
BY_ID = Keyset(("id",), is_newest_first=False)


def parameters(position: Position | None) -> dict[str, Any]:
    if not position:
        return {}
    return {"position_created_at": position.created_at, "position_id": position.id}


def limit(size: int) -> int:
    """Ask for one row too many, which shows whether the list goes on.

    The limit is part of the statement: PostgreSQL plans an unknown one for much of a table.
    """
    return size + 1
