"""Letting a case go on until all its tokens rest, and the rows behind its resting places."""
