"""Printed papers of a case."""
