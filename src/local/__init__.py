"""The whole service on one machine: embedded PostgreSQL and Redis, supervised processes, the demo.

Runs the service's commands as child processes. Only `demo_accounts` imports `payouts`.
"""
