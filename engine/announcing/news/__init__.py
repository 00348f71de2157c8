"""What happened in cases, as news for people."""
