"""Who is signed in, and what a person sets for himself."""
