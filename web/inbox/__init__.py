"""Pages of staff: inbox, task, start, notices."""
