"""FEEL's values: numbers, times, lists, contexts, functions; their types, texts, JSON and arithmetic."""
