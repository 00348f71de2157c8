"""How the designer words what it shows: panels, settings, changes, the places of problems."""
