"""`python -m sandbox_bank`."""

from sandbox_bank.command import bank

bank(prog_name="sandbox_bank")
