"""Reads behind the pages of process owners."""
