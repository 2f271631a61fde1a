"""The payouts that clients will create, drawn from the seed alone, so that a seed repeats them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Final

# Account number endings that make the sandbox bank misbehave (src/sandbox_bank/README.md), and the
# weight with which each is drawn. The bank settles an account without an ending at once.
BEHAVIOURS: Final[Mapping[str, int]] = {
    "": 40,
    "AC04": 5,
    "REFUSED": 3,
    "PEND": 5,
    "PENDAC04": 3,
    "SLOW": 3,
    "STALL": 2,
    "LOST": 6,
    "BUSY": 4,
    "DOWN": 3,
    "FLAKY": 5,
    "MISMATCH": 3,
    "OTHERREF": 3,
    "GARBLED": 3,
    "PROSE": 3,
    "HUGE": 3,
    "REDIRECT": 3,
    "DRIP": 2,
    "LATE": 3,
    "LOCKED": 2,
    "DEAF": 1,
}
NORMAL: Final = "normal"
_CURRENCIES: Final = ("USD", "EUR", "UAH")


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedPayout:
    """A payout that a client will create.

    The client sends `concurrent_copies` of the request at the same time, with the same key.
    `reuses_key` makes it send another amount under the key afterwards, which must be refused.
    """

    number: int
    behaviour: str
    amount: str
    currency: str
    key: str
    concurrent_copies: int
    reuses_key: bool

    @property
    def behaviour_name(self) -> str:
        return self.behaviour or NORMAL


def plan_payouts(
    *, count: int, seed: int, behaviours: Sequence[str] | None = None
) -> list[PlannedPayout]:
    """Draw the payouts of a run; `behaviours` limits what the bank will do (None: all)."""
    return list(_draw(count, Random(f"payouts {seed}"), behaviours or list(BEHAVIOURS)))


def _draw(count: int, random: Random, behaviours: Sequence[str]) -> Iterator[PlannedPayout]:
    weights = [BEHAVIOURS[behaviour] for behaviour in behaviours]
    for number in range(count):
        [behaviour] = random.choices(behaviours, weights)
        yield PlannedPayout(
            number=number,
            behaviour=behaviour,
            amount=f"{random.randint(1, 500_000) / 100:.2f}",
            currency=random.choice(_CURRENCIES),
            key=f"chaos-{random.getrandbits(80):020x}",
            concurrent_copies=random.choices((1, 2, 4), (85, 10, 5))[0],
            reuses_key=random.random() < 0.05,
        )
