"""Conditions that always hold, checked from outside on the records of a run."""
