"""Runs `payouts web` with the URLs of the floor `drf_hello` added to the service's own."""

from config import settings
from payouts.entrypoints.cli.processes import web

if __name__ == "__main__":
    settings.ROOT_URLCONF = "benchmarks.floors.drf_hello"
    web()
