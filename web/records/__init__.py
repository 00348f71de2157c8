"""Pages of customer records and registers."""
