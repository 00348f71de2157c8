"""How a company signs in and which notices leave: pages of its administrators."""
