"""Figures of speed and size; `banjie bench` runs them."""
