"""The rules of payouts. May import the standard library and the currency table, nothing else."""
