"""Payouts in PostgreSQL (the Django app "payouts"). May import application, domain and Django."""
