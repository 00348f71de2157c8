"""What bodies and answers of the API look like, and how they are described."""
