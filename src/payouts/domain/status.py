"""The statuses of a payout, and the one table of transitions between them."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from payouts.domain.errors import InvalidTransitionError


class PayoutStatus(StrEnum):
    """NEW: accepted. PROCESSING: with the bank, or with a person. The others are final."""

    NEW = "NEW"
    PROCESSING = "PROCESSING"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"

    @property
    def is_terminal(self) -> bool:
        return not TRANSITIONS[self]

    def ensure_can_become(self, requested: "PayoutStatus") -> None:
        """Raise InvalidTransitionError unless the table allows the transition."""
        if requested not in TRANSITIONS[self]:
            raise InvalidTransitionError(current=self.value, requested=requested.value)


# The database's trigger is generated from this table: change it here, then make a migration.
TRANSITIONS: Final[Mapping[PayoutStatus, frozenset[PayoutStatus]]] = MappingProxyType(
    {
        PayoutStatus.NEW: frozenset({PayoutStatus.PROCESSING, PayoutStatus.FAILED}),
        PayoutStatus.PROCESSING: frozenset({PayoutStatus.COMPLETED, PayoutStatus.FAILED}),
        PayoutStatus.COMPLETED: frozenset(),
        PayoutStatus.FAILED: frozenset(),
    }
)
