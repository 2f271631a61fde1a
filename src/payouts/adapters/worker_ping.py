"""Asks over the broker whether any worker takes messages."""

from dataclasses import dataclass
from threading import Event, Thread

import structlog
from celery import Celery

log = structlog.get_logger("payouts")

# Longer than a caller waits: a reply that comes later must still be taken off the broker.
_REPLY_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class WorkerPing:
    """Send Celery's ping in a thread of its own, because a frozen broker keeps it for seconds."""

    celery: Celery

    def send(self) -> Event:
        """Return an event that is set as soon as a worker has answered; never raise."""
        answered = Event()
        Thread(target=self._ask, args=[answered], name="worker ping", daemon=True).start()
        return answered

    def _ask(self, answered: Event) -> None:
        try:
            with self.celery.connection_for_write() as connection:
                control = self.celery.control.inspect(
                    timeout=_REPLY_SECONDS, limit=1, connection=connection
                )
                if control.ping():
                    answered.set()
        except Exception:  # whatever the error is, no worker has answered
            log.debug("worker_ping.failed", exc_info=True)
