"""Faults of the service's own processes."""

import signal
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

import psutil

from chaos.embedded import children_of, is_alive, send, wait_until_gone
from chaos.faults.fault import STOP_LIMIT_SECONDS, Fault, FaultContext
from chaos.stack import WORKERS

_WEB = frozenset({"web"})


def _kill_child(context: FaultContext) -> bool:
    """Kill a child of the target, or the target itself if it has no children."""
    target = context.target
    if target:
        children = [each for each in children_of(target) if is_alive(each)] or [target]
        send(context.random.choice(children), signal.SIGKILL)
    return bool(target)


def _kill(context: FaultContext) -> bool:
    for process in _family(context):
        send(process, signal.SIGKILL)
    return bool(context.target)


def _terminate(context: FaultContext) -> bool:
    if context.target:
        send(context.target, signal.SIGTERM)
        if not wait_until_gone([context.target], STOP_LIMIT_SECONDS):
            raise TimeoutError(f"a process did not end within {STOP_LIMIT_SECONDS} s of SIGTERM")
    return bool(context.target)


def _freeze(context: FaultContext) -> bool:
    family = _family(context)
    for process in family:
        send(process, signal.SIGSTOP)
    context.wait()
    for process in family:
        send(process, signal.SIGCONT)
    return bool(context.target)


def _family(context: FaultContext) -> list[psutil.Process]:
    return [context.target, *children_of(context.target)] if context.target else []


def _run_second_beat(context: FaultContext) -> bool:
    context.stack.add("beat-2", context.stack.children["beat"].command)
    context.wait()
    context.stack.remove("beat-2")
    return True


def _stop_beat(context: FaultContext) -> bool:
    with context.stack.kept_stopped("beat"):
        context.wait()
    return True


PROCESS_FAULTS: Final[Mapping[str, Fault]] = MappingProxyType(
    {
        "worker-child-killed": Fault(inject=_kill_child, targets=WORKERS),
        "worker-killed": Fault(inject=_kill, targets=WORKERS),
        "worker-stopped": Fault(inject=_terminate, targets=WORKERS),
        "web-child-killed": Fault(inject=_kill_child, targets=("web",), disrupts=_WEB),
        "web-killed": Fault(inject=_kill, targets=("web",), disrupts=_WEB),
        "web-stopped": Fault(inject=_terminate, targets=("web",), disrupts=_WEB),
        "beat-killed": Fault(inject=_kill, targets=("beat",)),
    }
)
# Long enough for leases to expire while the other processes go on.
LONG_FAULTS: Final[Mapping[str, Fault]] = MappingProxyType(
    {
        "worker-frozen": Fault(inject=_freeze, targets=WORKERS, lasts_seconds=(4, 36)),
        "two-beats": Fault(inject=_run_second_beat, lasts_seconds=(5, 12)),
        "no-beat": Fault(inject=_stop_beat, lasts_seconds=(5, 15)),
    }
)
