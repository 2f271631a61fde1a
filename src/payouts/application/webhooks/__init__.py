"""What clients are told about their payouts. May import only the domain."""
