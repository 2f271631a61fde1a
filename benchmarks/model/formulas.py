"""What needs no simulation."""

from math import ceil, exp

from benchmarks.model.assumptions import MOST_IN_A_MESSAGE, REST_MS


def messages_each(per_second: float) -> float:
    """Return how many messages a payout takes when one web process accepts so many a second.

    The first one rings at once; those that come while the doorbell rests are told of together,
    and whoever comes after a rest in which none came rings at once again.
    """
    in_a_rest = per_second * REST_MS / 1000
    return ceil(max(in_a_rest, 1) / MOST_IN_A_MESSAGE) / (in_a_rest + exp(-in_a_rest))


def clearing_seconds(*, waiting: float, rung_per_second: float, spare_per_second: float) -> float:
    """Return how long a backlog lasts that is rung for and worked off beside what is new."""
    speed = min(rung_per_second, spare_per_second)
    return waiting / speed if speed > 0 else float("inf")
