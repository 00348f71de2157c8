"""Operators' pages beside the log: what an act is given, one case, what was given up."""
