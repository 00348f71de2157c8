"""A package's own texts in the languages of those who read them: what the texts are, their file, and how they are shown."""
