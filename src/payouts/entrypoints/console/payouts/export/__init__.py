"""The export of the payouts that a list shows. May import what the console may."""
