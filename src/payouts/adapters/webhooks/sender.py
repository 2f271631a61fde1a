"""Sends messages to endpoints: one POST each, without retries and redirects."""

from collections.abc import Mapping
from datetime import UTC, datetime
from time import monotonic
from typing import Any, Final

import httpcore
import orjson

from payouts.adapters.http_deadline import DeadlineBackend, deadline_in
from payouts.adapters.webhooks.answer import FAILURES, explain, read_answer
from payouts.adapters.webhooks.resolver import Resolver
from payouts.adapters.webhooks.safe_backend import SafeBackend
from payouts.adapters.webhooks.signature import signed_headers
from payouts.application.webhooks.ports import Target
from payouts.domain.webhooks.addresses import AddressRules
from payouts.domain.webhooks.retries import Answer
from payouts.domain.webhooks.url import WebhookUrl

DEADLINE_SECONDS: Final = 15.0
# Shorter than what most servers allow, so that they seldom close a connection that is being used.
_IDLE_SECONDS = 4
_USER_AGENT = "payouts-webhooks"


class HttpSender:
    """Serve the port `Sender`.

    One message takes at most `deadline_seconds` in all. With `proxy_url` everything goes through
    that proxy. It resolves the names then, so keeping them from private addresses is its task; only
    addresses that are written in a URL are checked here.
    """

    def __init__(
        self,
        *,
        resolver: Resolver,
        rules: AddressRules,
        connections: int,
        proxy_url: str = "",
        deadline_seconds: float = DEADLINE_SECONDS,
    ) -> None:
        self._rules = rules
        self._deadline_seconds = deadline_seconds
        options: dict[str, Any] = {
            "max_connections": connections,
            "keepalive_expiry": _IDLE_SECONDS,
            # Made once, because it takes longer than a message.
            "ssl_context": httpcore.default_ssl_context(),
        }
        self._pools = {
            is_plain: httpcore.HTTPProxy(proxy_url, network_backend=DeadlineBackend(), **options)
            if proxy_url
            else httpcore.ConnectionPool(
                network_backend=SafeBackend(resolver, rules, is_plain=is_plain), **options
            )
            for is_plain in (False, True)
        }

    def close(self) -> None:
        """Close the connections that are kept open."""
        for pool in self._pools.values():
            pool.close()

    def send(self, *, message_id: str, content: Mapping[str, Any], target: Target) -> Answer:
        started = monotonic()
        url = WebhookUrl.parse(target.url)
        body = orjson.dumps(content, option=orjson.OPT_UTC_Z)
        headers = {
            # httpcore would write an IPv6 address without its brackets (RFC 9110, 7.2).
            "Host": url.netloc,
            "Content-Type": "application/json",
            "User-Agent": _USER_AGENT,
            "Accept-Encoding": "identity",
            **signed_headers(message_id, datetime.now(UTC), body, target.secrets),
        }
        try:
            if url.address:
                self._rules.ensure_allowed(url.address, is_plain=url.is_plain)
            with (
                deadline_in(self._deadline_seconds),
                self._pools[url.is_plain].stream(
                    "POST",
                    _to_httpcore(url),
                    headers=list(headers.items()),
                    content=body,
                    extensions={"timeout": {"pool": self._deadline_seconds}},
                ) as response,
            ):
                return read_answer(response, started=started)
        except FAILURES as error:
            return Answer(error=explain(error), duration_seconds=monotonic() - started)


def _to_httpcore(url: WebhookUrl) -> httpcore.URL:
    """Pass the parts on, so that nobody parses the URL a second time and otherwise."""
    return httpcore.URL(
        scheme=url.scheme.encode(),
        host=url.host.encode(),
        port=url.port,
        target=url.target.encode(),
    )
