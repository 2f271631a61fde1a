from collections.abc import Iterable
from dataclasses import dataclass, field


@dataclass
class CountingDoorbell:
    """Remember who was rung for."""

    rung: list[int] = field(default_factory=list)

    def ring(self, payout_ids: Iterable[int]) -> int:
        told = list(payout_ids)
        self.rung.extend(told)
        return len(told)
