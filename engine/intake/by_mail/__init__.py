"""What comes by e-mail."""
