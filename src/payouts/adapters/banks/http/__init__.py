"""A bank that speaks docs/bank-protocol.md. May import application, domain, an HTTP client."""

from payouts.adapters.banks.http.callbacks import SignedCallbacks
from payouts.adapters.banks.http.client import HttpBank
from payouts.adapters.banks.http.ledger import read_bank_ledger

__all__ = ["HttpBank", "SignedCallbacks", "read_bank_ledger"]
