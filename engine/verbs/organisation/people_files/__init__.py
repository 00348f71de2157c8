"""People taken in from a file: read, compared, planned, carried out."""
