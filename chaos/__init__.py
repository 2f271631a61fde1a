"""Fault injection against the real service; may import `local`, and nothing of `payouts`.

The exception is `faulty_worker`, which changes the real worker so that it breaks an invariant.
"""
