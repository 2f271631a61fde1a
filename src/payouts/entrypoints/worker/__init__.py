"""Celery tasks: an id in, one use case. May import bootstrap; adapters through bootstrap."""
