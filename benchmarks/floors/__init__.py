"""Floors: the least that could do the work of a row, as fast as it can be done."""
