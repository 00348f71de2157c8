"""The files that a company is described by, into the database."""
