"""A payment provider over HTTP, both ways. May import application, domain and the HTTP client."""

from payouts.adapters.banks.http.callbacks import SignedCallbacks
from payouts.adapters.banks.http.client import HttpBank
from payouts.adapters.banks.http.ledger import read_bank_ledger

__all__ = ["HttpBank", "SignedCallbacks", "read_bank_ledger"]
