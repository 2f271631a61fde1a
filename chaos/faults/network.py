"""Faults of the connections to bank, Redis and PostgreSQL."""

from collections.abc import Callable, Mapping
from functools import partial
from types import MappingProxyType
from typing import Final

from chaos.faults.fault import Fault, FaultContext
from chaos.proxy import NORMAL, NetworkConditions


def _slow(context: FaultContext, *, server: str) -> bool:
    delay_seconds = context.random.uniform(0.05, 0.3)
    return _apply(context, server, NetworkConditions(delay_seconds=delay_seconds))


def _cut(context: FaultContext, *, server: str) -> bool:
    cut_after_bytes = context.random.randint(1, 3000)
    return _apply(context, server, NetworkConditions(cut_after_bytes=cut_after_bytes))


def _silence(context: FaultContext, *, server: str) -> bool:
    """Keep connections open without passing bytes on, then reset them."""
    took_effect = _apply(context, server, NetworkConditions(is_silent=True))
    context.stack.event_loop.run(context.stack.proxies[server].reset())
    return took_effect


def _reset(context: FaultContext, *, server: str) -> bool:
    proxy = context.stack.proxies[server]
    before = proxy.disturbances

    def reset() -> bool:
        context.stack.event_loop.run(proxy.reset())
        return proxy.disturbances > before

    return context.wait_for(reset)


def _apply(context: FaultContext, server: str, conditions: NetworkConditions) -> bool:
    proxy = context.stack.proxies[server]
    before = proxy.disturbances
    proxy.conditions = conditions
    context.wait()
    took_effect = context.wait_for(lambda: proxy.disturbances > before)
    proxy.conditions = NORMAL
    return took_effect


def _between_service_and(server: str) -> dict[str, Fault]:
    def fault(inject: Callable[..., bool], *lasts_seconds: float) -> Fault:
        shortest, longest = lasts_seconds or (0, 0)
        return Fault(
            inject=partial(inject, server=server),
            lasts_seconds=(shortest, longest),
            disrupts=frozenset({server}),
        )

    return {
        f"{server}-slow": fault(_slow, 2, 6),
        f"{server}-reset": fault(_reset),
        f"{server}-cut": fault(_cut, 1, 4),
        f"{server}-silent": fault(_silence, 2, 10),
    }


NETWORK_FAULTS: Final[Mapping[str, Fault]] = MappingProxyType(
    {
        **_between_service_and("bank"),
        **_between_service_and("redis"),
        **_between_service_and("database"),
    }
)
