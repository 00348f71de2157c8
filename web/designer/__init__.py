"""The designer: process owners draw, check and publish."""
