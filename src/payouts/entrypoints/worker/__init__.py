"""Celery tasks, one use case each. May import bootstrap; adapters through bootstrap."""
