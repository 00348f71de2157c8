"""The secret that records are sealed with: proof that it is the right one, and its change."""
