"""Deployed processes, decisions and forms, and the settings of their tasks."""
