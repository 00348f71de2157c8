"""The simple view of the designer: a process as a list of cards."""
