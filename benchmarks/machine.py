"""On what it was measured: figures of two machines are not to be compared."""

import os
import platform
import subprocess
from importlib.metadata import version
from pathlib import Path

import psutil
import psycopg

from benchmarks.databases import broker

_PACKAGES = ("celery", "django", "djangorestframework", "granian", "psycopg")


def facts() -> dict[str, str | int | float]:
    with psycopg.connect(os.environ["DATABASE_URL"]) as connection, broker() as redis:
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
    """Read the model where Linux tells it; `platform` knows the architecture only."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        lines = []
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return models[0] if models else platform.machine()


def _commit() -> str:
    try:
        ended = subprocess.run(
            ["git", "describe", "--always", "--dirty"],
            cwd=Path(__file__).parent,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            timeout=10,
            check=False,
        )
    except OSError:
        return ""
    return ended.stdout.strip()
