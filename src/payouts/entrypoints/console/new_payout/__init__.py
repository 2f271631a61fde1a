"""The pages on which staff make a payout. May import what the console may."""
