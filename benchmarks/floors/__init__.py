"""The least that could do the work of a row, as fast as can be; each a program of its own."""
