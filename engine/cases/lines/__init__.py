"""A case as a line of words: values in words, summaries, registers."""
