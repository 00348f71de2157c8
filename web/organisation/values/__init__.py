"""The company's own values: their page, and the field of each."""
