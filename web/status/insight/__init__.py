"""Pages of where it sticks and of deadlines."""
