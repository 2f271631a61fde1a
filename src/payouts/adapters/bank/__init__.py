"""A payment provider over HTTP. May import application, domain and the HTTP client."""

from payouts.adapters.bank.client import HttpBank

__all__ = ["HttpBank"]
