"""Fault injection against the real service; may import `local`, and nothing of `payouts`.

The exceptions are `quick_worker`, the real worker with short delays, and `faulty_worker`, which
changes it so that it breaks an invariant.
"""
