"""What a diagram reads and writes: variables, and references to what is not there."""
