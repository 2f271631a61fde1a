"""The module in which Django looks for the pages of the console."""

from payouts.entrypoints.console import access, recipients
from payouts.entrypoints.console.payouts import admin as payouts

__all__ = ["access", "payouts", "recipients"]
