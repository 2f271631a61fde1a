"""Child processes and their supervision; locks and signals. Imports `local.errors` only."""
