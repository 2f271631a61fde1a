"""Metrics of the processes, with prometheus-client. May import the application and the domain."""

from payouts.adapters.metrics.bank import MeasuredBank
from payouts.adapters.metrics.process_metrics import ProcessMetrics

__all__ = ["MeasuredBank", "ProcessMetrics"]
