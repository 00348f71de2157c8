"""Files that people hand in, and papers that are typeset."""
