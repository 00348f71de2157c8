"""Passwords: their rules, their codes, and who is signed in."""
