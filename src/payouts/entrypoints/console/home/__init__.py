"""The home page of the console: what needs a person, the numbers, and the health of the parts."""
