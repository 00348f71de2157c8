"""How people of the company sign in: the pages of its administrators, and their words."""
