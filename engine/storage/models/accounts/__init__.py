"""Accounts of programs, and how people sign in: ways, second factors, the log of it."""
