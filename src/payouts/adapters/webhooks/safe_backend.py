"""Connections that go to checked addresses only."""

from collections.abc import Iterable, Sequence
from ipaddress import ip_address
from typing import Any

from httpcore import ConnectError, ConnectTimeout, NetworkStream

from payouts.adapters.http_deadline import DeadlineBackend, remaining_seconds
from payouts.adapters.webhooks.resolver import Resolver
from payouts.domain.webhooks.addresses import Address, AddressRules

# Short enough that an address that does not answer leaves time for the next one.
_CONNECT_SECONDS = 5.0
_RESOLVE_SECONDS = 5.0


class SafeBackend(DeadlineBackend):
    """Resolve the name once, check each of its addresses, and connect to one that was checked.

    So a name whose answer changes between two look-ups (DNS rebinding) gains nothing. `is_plain` is
    for connections without TLS. All happens within the deadline of the exchange.
    """

    def __init__(self, resolver: Resolver, rules: AddressRules, *, is_plain: bool) -> None:
        self._resolver = resolver
        self._rules = rules
        self._is_plain = is_plain

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> NetworkStream:
        """Raise what httpcore raises; NameNotResolvedError, and the errors of AddressRules."""
        failure: Exception = ConnectError("the name has no address")
        for address in self._checked_addresses(host):
            try:
                return super().connect_tcp(
                    str(address), port, _CONNECT_SECONDS, local_address, socket_options
                )
            except (ConnectError, ConnectTimeout) as error:
                failure = error
        raise failure

    def _checked_addresses(self, host: str) -> Sequence[Address]:
        addresses = self._resolve(host)
        for address in addresses:
            self._rules.ensure_allowed(address, is_plain=self._is_plain)
        return addresses

    def _resolve(self, host: str) -> Sequence[Address]:
        try:
            return [ip_address(host)]
        except ValueError:
            limit = min(remaining_seconds(ConnectTimeout), _RESOLVE_SECONDS)
            return self._resolver.resolve(host, timeout_seconds=limit)
