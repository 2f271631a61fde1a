"""The pages of payouts. May import what the console may."""
