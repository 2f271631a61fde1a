"""The twelve invariants."""

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Final

from chaos.invariants import api, events, history, money
from chaos.invariants.violation import Violation
from chaos.run_records import RunRecords

type Check = Callable[[RunRecords], Iterator[Violation]]

INVARIANTS: Final[Mapping[str, tuple[str, Check]]] = MappingProxyType(
    {
        "I1": ("at most one transfer per payout", money.at_most_one_transfer),
        "I2": ("every accepted payout ends, or needs review", history.every_payout_ends),
        "I3": ("COMPLETED if and only if paid, as agreed", money.completed_means_paid),
        "I4": ("FAILED means that no money moved", money.failed_means_unpaid),
        "I5": ("one payout per key, and all answers about it agree", api.one_payout_per_key),
        "I6": (
            "histories follow the state graph, attempts are counted",
            history.history_follows_state_graph,
        ),
        "I7": ("a list shows every write answered before", api.lists_show_earlier_writes),
        "I8": ("503 only without PostgreSQL, no wait for Redis", api.answers_in_outages),
        "I9": ("the sums are equal", money.sums_are_equal),
        "I10": ("the feed shows each event once, in order", events.feed_shows_each_event_once),
        "I11": (
            "each event reaches a receiver that fails half of its requests",
            events.every_event_reaches_the_receiver,
        ),
        "I12": (
            "messages are signed, and the same when repeated",
            events.messages_are_signed_and_never_change,
        ),
    }
)


def check_invariants(records: RunRecords) -> list[Violation]:
    return [violation for _, check in INVARIANTS.values() for violation in check(records)]
