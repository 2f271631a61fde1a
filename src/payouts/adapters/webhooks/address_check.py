"""Checks the address of a new endpoint, so that who adds it is told at once."""

from collections.abc import Sequence
from dataclasses import dataclass

from payouts.adapters.webhooks.resolver import NameNotResolvedError, Resolver
from payouts.domain.errors import HttpsRequiredError
from payouts.domain.webhooks.addresses import Address, AddressRules
from payouts.domain.webhooks.url import WebhookUrl

_RESOLVE_SECONDS = 3.0


@dataclass(frozen=True, slots=True)
class ResolvedAddressCheck:
    """Serve the port `AddressCheck`.

    A name that cannot be resolved now may be used with https. `resolver` is None if a proxy
    resolves the names.
    """

    resolver: Resolver | None
    rules: AddressRules

    def ensure_allowed(self, url: WebhookUrl) -> None:
        addresses = [url.address] if url.address else self._resolve(url.host)
        if not addresses and url.is_plain:
            raise HttpsRequiredError
        for address in addresses:
            self.rules.ensure_allowed(address, is_plain=url.is_plain)

    def _resolve(self, host: str) -> Sequence[Address]:
        if not self.resolver:
            return []
        try:
            return self.resolver.resolve(host, timeout_seconds=_RESOLVE_SECONDS)
        except NameNotResolvedError:
            return []
