"""The worker and what it keeps in order."""
