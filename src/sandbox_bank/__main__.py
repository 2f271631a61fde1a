"""`python -m sandbox_bank`."""

from sandbox_bank.command import main

main()
