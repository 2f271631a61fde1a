"""Measures the service beside the least that could do its work. Uses its public commands only.

The exceptions are `queue_times`, which calls the database adapter, and the floors `drf_hello` and
`noop_tasks`, which use the service's settings.
"""
