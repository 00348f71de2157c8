"""Reads behind the pages of managers."""
