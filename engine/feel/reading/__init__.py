"""From text to the syntax tree of FEEL, and the names in it."""
