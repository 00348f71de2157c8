"""What is done with work that becomes late."""
