"""The database as files."""
