"""The real worker, which tries webhooks again after a second: `python -m chaos.quick_worker`.

The receiver of a run fails half of its requests, so a quarter of the messages fail twice and would
wait for five minutes, an eighth for another thirty. A run lasts for two. The delays are no setting
of the service, because no installation needs others; all else is what `payouts worker` does.
"""

import django

_DELAY_SECONDS = 1.0
# Of a million messages, one fails so often.
_ATTEMPTS = 20


def run_quick_worker() -> None:
    """Call it after django.setup()."""
    from payouts.domain.webhooks import retries
    from payouts.entrypoints.cli import main as payouts

    assert retries.RETRY_DELAYS_SECONDS
    vars(retries)["RETRY_DELAYS_SECONDS"] = (_DELAY_SECONDS,) * _ATTEMPTS
    payouts(["worker"])


if __name__ == "__main__":
    django.setup()
    run_quick_worker()
