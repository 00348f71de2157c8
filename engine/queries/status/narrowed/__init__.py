"""What an address narrows a list of managers' pages to."""
