"""All faults, in the groups that are injected concurrently."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from chaos.faults.fault import Fault
from chaos.faults.network import NETWORK_FAULTS
from chaos.faults.processes import LONG_FAULTS, PROCESS_FAULTS
from chaos.faults.stores import STORE_FAULTS

# Faults of one group never overlap; faults of different groups do.
GROUPS: Final[Mapping[str, Mapping[str, Fault]]] = MappingProxyType(
    {
        "processes": PROCESS_FAULTS,
        "stores and network": MappingProxyType({**STORE_FAULTS, **NETWORK_FAULTS}),
        "long": LONG_FAULTS,
    }
)
FAULTS: Final[Mapping[str, Fault]] = MappingProxyType(
    {name: fault for group in GROUPS.values() for name, fault in group.items()}
)
