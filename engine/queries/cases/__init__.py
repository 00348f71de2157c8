"""Reads behind the page of a case."""
