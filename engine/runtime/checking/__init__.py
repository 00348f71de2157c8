"""What of a program cannot run, has no effect, or could never come to an end."""
