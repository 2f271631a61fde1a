"""What the service does, one file per verb. May import the domain only."""
