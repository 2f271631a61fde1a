"""The machine and the versions that a run used: figures of two machines cannot be compared."""

import os
import platform
import subprocess
from importlib.metadata import version
from pathlib import Path

import psutil
import psycopg

from benchmarks.servers import redis_connection

_PACKAGES = ("celery", "django", "djangorestframework", "granian", "psycopg")


def facts() -> dict[str, str | int | float]:
    with psycopg.connect(os.environ["DATABASE_URL"]) as connection, redis_connection() as redis:
        number = connection.info.server_version
        redis_version = str(redis.info("server")["redis_version"])
    return {
        "cores": psutil.cpu_count() or 0,
        "processor": _processor(),
        "memory_gib": round(psutil.virtual_memory().total / 1024**3),
        "system": platform.platform(terse=True),
        "load_average_before": round(os.getloadavg()[0], 2),
        "python": platform.python_version(),
        **{name: version(name) for name in _PACKAGES},
        "postgresql": f"{number // 10_000}.{number % 10_000}",
        "redis": redis_version,
        "commit": _commit(),
    }


def _processor() -> str:
    """Read the processor's name from Linux; elsewhere return its architecture."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        lines = []
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return models[0] if models else platform.machine()


def _commit() -> str:
    command = ["git", "describe", "--always", "--dirty"]
    try:
        ended = subprocess.run(
            command, cwd=Path(__file__).parent, capture_output=True, text=True, check=False
        )
    except OSError:
        return ""
    return ended.stdout.strip()
