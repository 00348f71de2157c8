"""Ways back: returning, taking back, and which steps they lead to."""
