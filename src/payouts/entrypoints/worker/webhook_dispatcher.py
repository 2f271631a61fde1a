"""Delivers webhooks from one process.

One thread uses the database: it makes deliveries of events, claims them for one endpoint after the
other, and records what came back. Other threads only send. The queue of each endpoint limits how
many of these it occupies, so that one that hangs leaves the others to the rest.

If the process dies, the leases of what it had claimed expire, and the same messages are sent again.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum, auto
from queue import Empty, SimpleQueue
from threading import Thread
from time import monotonic

import structlog
from django.db import close_old_connections, connection

from payouts import bootstrap
from payouts.application.webhooks.ports import Attempt, ClaimedDelivery
from payouts.bootstrap import webhooks
from payouts.entrypoints.worker.delivery_report import report
from payouts.entrypoints.worker.endpoint_queue import LEASE_SECONDS, EndpointQueue, Job
from payouts.entrypoints.worker.endpoint_queues import EndpointQueues

log = structlog.get_logger("payouts")


@dataclass(frozen=True, slots=True)
class _Sent:
    """A thread is free again. `attempt` is None if a bug has kept it from sending."""

    endpoint_id: int
    attempt: Attempt | None


class _Request(Enum):
    WAKE_UP = auto()
    STOP = auto()


type _Message = _Sent | _Request


class WebhookDispatcher:
    """Works while there is something to deliver, then sleeps until `wake` is called."""

    def __init__(self, *, threads: int) -> None:
        self._senders = ThreadPoolExecutor(threads, thread_name_prefix="webhook")
        self._thread = Thread(target=self._run, name="webhooks")
        self._inbox: SimpleQueue[_Message] = SimpleQueue()
        self._is_stopping = False
        self._queues = EndpointQueues(threads=threads)
        self._unrecorded: dict[int, list[Attempt]] = {}

    def wake(self) -> None:
        """Look for events and due deliveries soon. The first call starts the thread."""
        if self._thread.ident is None:
            self._thread.start()
        self._inbox.put(_Request.WAKE_UP)

    def stop(self) -> None:
        """Start nothing more, and give back what was not sent."""
        self._inbox.put(_Request.STOP)

    def join(self) -> None:
        """Wait until what is being sent has been recorded. Each attempt has a limit in time."""
        if self._thread.ident is not None:
            self._thread.join()
        self._senders.shutdown()

    def _run(self) -> None:
        while not self._is_stopping or self._queues.sending:
            messages = self._receive()
            self._take(messages)
            try:
                close_old_connections()
                self._step(is_awake=_Request.WAKE_UP in messages)
            except Exception as error:  # the leases expire
                self._report_failure(error)
        connection.close()

    def _receive(self) -> list[_Message]:
        """Wait for a message, and take those along that have arrived in the meantime."""
        messages = [self._inbox.get()]
        with suppress(Empty):
            while True:
                messages.append(self._inbox.get_nowait())
        return messages

    def _take(self, messages: list[_Message]) -> None:
        self._is_stopping = self._is_stopping or _Request.STOP in messages
        for sent in (message for message in messages if isinstance(message, _Sent)):
            queue = self._queues.of(sent.endpoint_id)
            queue.sending -= 1
            if sent.attempt:
                queue.answered(sent.attempt.answer)
                self._unrecorded.setdefault(sent.endpoint_id, []).append(sent.attempt)

    def _step(self, *, is_awake: bool) -> None:
        self._record()
        self._take_back()
        if self._is_stopping:
            return
        if is_awake:
            self._look_for_work()
        for queue in self._queues:
            self._fill(queue)
        for job in self._queues.start():
            self._senders.submit(self._send, job)

    def _record(self) -> None:
        for endpoint_id, attempts in list(self._unrecorded.items()):
            has_ended = webhooks.record_attempts()(endpoint_id=endpoint_id, attempts=attempts)
            del self._unrecorded[endpoint_id]
            if has_ended:
                self._release(self._queues.of(endpoint_id).take_all())
            for attempt in attempts:
                report(endpoint_id, attempt)

    def _take_back(self) -> None:
        for queue in self._queues:
            self._release(queue.take_all() if self._is_stopping else queue.take_back())

    def _release(self, deliveries: Sequence[ClaimedDelivery]) -> None:
        if deliveries:
            webhooks.deliveries().release(deliveries)

    def _look_for_work(self) -> None:
        for endpoint_id in webhooks.deliveries().enabled_endpoints():
            self._queues.of(endpoint_id).has_events = webhooks.fan_out()(endpoint_id=endpoint_id)
        for endpoint_id in webhooks.deliveries().due_endpoints():
            self._queues.of(endpoint_id).has_due = True

    def _fill(self, queue: EndpointQueue) -> None:
        if queue.has_due:
            self._claim(queue)
        if queue.space and queue.has_events:
            queue.has_events = webhooks.fan_out()(endpoint_id=queue.endpoint_id)
            self._claim(queue)

    def _claim(self, queue: EndpointQueue) -> None:
        space, now = queue.space, monotonic()
        if not space:
            return
        batch = webhooks.deliveries().claim(
            endpoint_id=queue.endpoint_id, limit=space, lease_seconds=LEASE_SECONDS
        )
        if batch:
            queue.add(batch, claimed_at=now)
        queue.has_due = batch is not None and len(batch.deliveries) == space

    def _send(self, job: Job) -> None:
        attempt = None
        try:
            attempt = webhooks.attempt_delivery()(delivery=job.delivery, target=job.target)
        except Exception:
            log.exception("webhook.not_sent", delivery_id=job.delivery.id)
        finally:
            self._inbox.put(_Sent(job.endpoint_id, attempt))

    def _report_failure(self, error: Exception) -> None:
        reason = bootstrap.reason_unavailable(error)
        if reason is None:
            self._unrecorded.clear()
            log.error("webhooks.interrupted", exc_info=error)
        else:
            log.error("database.unavailable", reason=reason)
