"""Deadlines that move when the calendar does."""
