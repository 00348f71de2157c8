"""Whose a case and its items are: who holds, may see, has acted, stands in."""
