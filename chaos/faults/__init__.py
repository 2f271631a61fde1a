"""The faults, by what they affect. Each is a function that returns whether it took effect."""
