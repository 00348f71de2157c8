"""Trying a draft in the browser: what the page carries from step to step, and what it shows."""
