"""The settings of the service, and one address more."""

from config.settings import *  # noqa: F403

ROOT_URLCONF = "benchmarks.floors.drf_hello"
