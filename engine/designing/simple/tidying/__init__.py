"""After an edit the drawing is as easy to read as before: what came to lie badly is put elsewhere, nothing else moves."""
