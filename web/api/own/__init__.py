"""What one keeps for oneself: half-filled forms, files, a signature, phrases, views and columns of lists."""
