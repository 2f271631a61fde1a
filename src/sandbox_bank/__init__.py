"""A bank to develop and test against, over HTTP; imports nothing of the service."""
