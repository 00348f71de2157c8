"""Pages of customers: filing, following, web hooks."""
