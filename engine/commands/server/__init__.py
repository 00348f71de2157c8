"""Commands that start the server and the worker and keep them running."""
