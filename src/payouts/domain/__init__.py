"""The rules of payouts. May import the standard library and packages that hold data only."""
