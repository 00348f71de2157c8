"""Where things are kept: the database and its tables, keys, numbers, locks, sealed contents, jobs."""
