"""The module in which Django looks for the pages of the console."""

from payouts.entrypoints.console import recipients
from payouts.entrypoints.console.access import tokens, users
from payouts.entrypoints.console.payouts import admin as payouts

__all__ = ["payouts", "recipients", "tokens", "users"]
