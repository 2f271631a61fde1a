"""How fast the service is, beside what the same machine could do at best. Imports devstack only."""
