"""Who may know the content of records, one or many at once."""
