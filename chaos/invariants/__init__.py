"""What must hold whatever happened, checked from the outside on the records of a run."""
