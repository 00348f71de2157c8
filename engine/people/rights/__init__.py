"""Which rights open more than a person's own work."""
