"""Reads behind the pages of people who have not signed in."""
