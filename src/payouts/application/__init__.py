"""The use cases, one file per verb, and their ports. May import the domain only."""
