"""Reads behind the pages of records and registers."""
