"""Resources of what is deployed."""
