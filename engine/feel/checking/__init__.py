"""What is wrong with an expression before it runs."""
