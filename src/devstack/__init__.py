"""Embedded PostgreSQL and Redis, and the supervision of processes, for one machine and for tests.

Imports the standard library and psutil, nothing of the service.
"""

from devstack.errors import DevstackError
from devstack.stores import Stores, running_stores

__all__ = ["DevstackError", "Stores", "running_stores"]
