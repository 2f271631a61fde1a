"""What can go wrong on the machine, in one line that says what to do."""


class DevstackError(Exception):
    """Something on this machine stands in the way; the message tells a person what."""
