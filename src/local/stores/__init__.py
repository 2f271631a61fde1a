"""Embedded PostgreSQL and Redis of one home. Imports `local` only."""

from local.stores.stores import Stores, running_stores

__all__ = ["Stores", "running_stores"]
