"""The floor of processing: Celery tasks that do nothing, over the same Redis.

Run as a module with a number it publishes so many; the worker is started by Celery's own command.
"""

import os
import sys

from celery import Celery

QUEUE = "noop"
app = Celery("noop", broker=os.environ["CELERY_BROKER_URL"])
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
