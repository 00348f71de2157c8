"""Sample cases [样例单据] of the demo: how they are played into the past, and what stands in the place of their files."""
