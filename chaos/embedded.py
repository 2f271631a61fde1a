"""The parts of `local` that chaos uses. No other module of chaos imports it."""

from local.processes.child import Child
from local.processes.liveness import children_of, is_alive, send, wait_until_gone
from local.processes.signals import raising_signals
from local.stores import Stores, running_stores

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
