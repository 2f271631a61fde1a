"""The parts of `devstack` that chaos uses. No other module of chaos imports it."""

from devstack.child import Child
from devstack.liveness import children_of, is_alive, send, wait_until_gone
from devstack.signals import raising_signals
from devstack.stores import Stores, running_stores

__all__ = [
    "Child",
    "Stores",
    "children_of",
    "is_alive",
    "raising_signals",
    "running_stores",
    "send",
    "wait_until_gone",
]
