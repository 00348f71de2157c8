"""Reads behind the API."""
