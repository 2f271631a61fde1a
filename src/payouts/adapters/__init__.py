"""Implementations of the ports, independent of each other. May import application and domain."""
