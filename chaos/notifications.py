"""What the service tells clients in a run: a reader of the event feed, and a webhook receiver."""

from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass
from random import Random

from chaos.client_records import ClientRecords
from chaos.clients import Clients, open_session
from chaos.running_stack import post
from chaos.stack import Stack
from chaos.webhook_receiver import WebhookReceiver


@dataclass(frozen=True, slots=True)
class Notifications:
    records: ClientRecords
    receiver: WebhookReceiver

    def include(self, message_ids: set[str]) -> bool:
        """Return whether the feed has shown all of these, and the receiver has accepted them."""
        read = {event["id"] for event in self.records.events}
        return message_ids <= read and message_ids <= self.receiver.accepted


@contextmanager
def receiving_notifications(
    stack: Stack, records: ClientRecords, *, token: str, seed: int
) -> Iterator[Notifications]:
    """Follow the feed, and receive webhooks, for the length of the block."""
    opened = AsyncExitStack()

    async def open_receiver() -> WebhookReceiver:
        return await opened.enter_async_context(WebhookReceiver.serving(seed))

    async def follow() -> None:
        async with open_session(base_url=stack.web_url, token=token) as session:
            await Clients(session, records, {}, Random()).follow_events()

    receiver = stack.event_loop.run(open_receiver())
    try:
        endpoint = post(stack, "/api/webhooks/", {"url": receiver.url}, token=token)
        receiver.secret = endpoint["secret"]
        following = stack.event_loop.start(follow())
        try:
            yield Notifications(records, receiver)
        finally:
            following.cancel()
    finally:
        stack.event_loop.run(opened.aclose())
