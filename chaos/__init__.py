"""Faults against the real service, judged from outside; may import devstack, and payouts nowhere.

`controls` is the exception: it holds services that are known to be wrong, for the judge to catch.
"""
