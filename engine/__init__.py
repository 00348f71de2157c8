"""The engine: verbs, queries and the tables beneath them; it knows no web framework."""
