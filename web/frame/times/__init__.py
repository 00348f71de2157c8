"""Words of time: weeks, and spans as number and unit."""
