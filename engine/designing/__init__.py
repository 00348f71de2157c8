"""Processes on the drawing board: packages, drafts of them, what is wrong with them, publishing."""
