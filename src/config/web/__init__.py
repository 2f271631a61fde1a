"""Runs the WSGI application under granian's RSGI interface; knows nothing of payouts."""
