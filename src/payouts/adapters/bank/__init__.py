"""A payment provider over HTTP, both ways. May import application, domain and the HTTP client."""

from payouts.adapters.bank.callbacks import SignedCallbacks
from payouts.adapters.bank.client import HttpBank
from payouts.adapters.bank.ledger import read_bank_ledger

__all__ = ["HttpBank", "SignedCallbacks", "read_bank_ledger"]
