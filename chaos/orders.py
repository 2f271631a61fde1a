"""What the load asks for: drawn from the seed alone, so that a seed repeats a run's orders."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Final

# Endings of account numbers that make the sandbox bank misbehave (src/sandbox_bank/README.md),
# and how often each is drawn; "" is paid at once.
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
HONEST: Final = "honest"
_CURRENCIES: Final = ("USD", "EUR", "UAH")


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """A payout that a client wants, and how it goes about it.

    `copies` are sent at one moment with the same key; `then_reuses_key` sends other content under
    the key afterwards, which has to be refused.
    """

    number: int
    behaviour: str
    amount: str
    currency: str
    key: str
    copies: int
    then_reuses_key: bool

    @property
    def kind(self) -> str:
        return self.behaviour or HONEST


def draw_orders(*, count: int, seed: int, behaviours: Sequence[str] | None = None) -> list[Order]:
    """Draw the orders of a run; `behaviours` narrows what the bank is asked to do."""
    return list(_draw(count, Random(f"orders {seed}"), behaviours or list(BEHAVIOURS)))


def _draw(count: int, random: Random, behaviours: Sequence[str]) -> Iterator[Order]:
    weights = [BEHAVIOURS[behaviour] for behaviour in behaviours]
    for number in range(count):
        [behaviour] = random.choices(behaviours, weights)
        yield Order(
            number=number,
            behaviour=behaviour,
            amount=f"{random.randint(1, 500_000) / 100:.2f}",
            currency=random.choice(_CURRENCIES),
            key=f"chaos-{random.getrandbits(80):020x}",
            copies=random.choices((1, 2, 4), (85, 10, 5))[0],
            then_reuses_key=random.random() < 0.05,
        )
