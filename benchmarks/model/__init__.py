"""A queueing model of the service: checked against the benchmark's figures, asked about growth."""
