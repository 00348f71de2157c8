"""What did not arrive: messages nobody knows the fate of, channels that fail."""
