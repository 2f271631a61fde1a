"""The floor of processing: Celery tasks that do nothing, on the broker of the service.

Run as a module, it publishes as many tasks as its argument says. Celery's own command runs them.
"""

import sys

from celery import Celery
from django.conf import settings

QUEUE = "noop"
app = Celery("noop", broker=settings.CELERY_BROKER_URL)
app.conf.update(
    task_default_queue=QUEUE,
    task_ignore_result=True,
    worker_hijack_root_logger=False,
    broker_connection_retry_on_startup=True,
    worker_prefetch_multiplier=64,
)


@app.task(name="noop")
def noop(number: int) -> None:
    """Do nothing."""


def main() -> None:
    with app.producer_or_acquire() as producer:
        for number in range(int(sys.argv[1])):
            noop.apply_async((number,), producer=producer)


if __name__ == "__main__":
    main()
