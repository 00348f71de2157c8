"""Pages of one case: the case, its files, its papers."""
