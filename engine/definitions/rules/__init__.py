"""Settings that are little languages: joint decisions, who is picked, which steps come next."""
