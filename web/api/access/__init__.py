"""Who calls the API, and what every operation of it goes through."""
