"""Measures the service beside the least that could do its work. Runs the public commands only.

Two programs here import the service: `floors.drf_hello` and `queue_times`.
"""
