"""From DMN files to a decision model."""
