"""The payouts service: its rules, what it does, how, and how it is called."""
