"""What the model takes from elsewhere than the benchmark's file. All times in milliseconds."""

from typing import Final

# A thread that has Python's interpreter lock gives it up after this long if another wants it.
SWITCH_MS: Final = 5.0
# A core is shared by turns of this length; the kernel's own are a few times that.
TURN_MS: Final = 1.0

# The service as it is shipped: WEB_WORKERS, WEB_THREADS, WORKER_CONCURRENCY.
WEB_PROCESSES: Final = 3
WEB_THREADS: Final = 1
WORKER_THREADS: Final = 32

# adapters/gathering.py and adapters/doorbell.py; what a message costs the web: ADR 24.
REST_MS: Final = 30.0
MOST_AT_ONCE: Final = 64
MOST_IN_A_MESSAGE: Final = 16
MESSAGE_MS: Final = 0.55
# adapters/database/triggers.py: a write has its shard to itself until it is committed.
VERSION_SHARDS: Final = 16
# bootstrap.py and CELERY_BEAT_SCHEDULE: recovery rings for so many, so often.
MOST_RUNG: Final = 2_000
RING_AGAIN_MS: Final = 5_000.0

# Measured on 2 cores: what wrk takes for a request and the benchmark's bank for a transfer, and
# how long a commit waits for the disk.
SENDER_MS: Final = 0.03
BANK_MS: Final = 0.09
COMMIT_MS: Final = 0.2
# The bank of the row "processing-slow" answers after this long.
SLOW_BANK_MS: Final = 200.0
# Assumed: there and back between two hosts of one data centre.
NETWORK_MS: Final = 0.2
