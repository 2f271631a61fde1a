"""The module in which Django looks for the pages of the console."""

from payouts.entrypoints.console import access, payouts, recipients

__all__ = ["access", "payouts", "recipients"]
