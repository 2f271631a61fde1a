"""`python -m payouts.entrypoints.cli`: the same command, whatever the script is called."""

from payouts.entrypoints.cli import PROGRAM, main

main(prog_name=PROGRAM)
