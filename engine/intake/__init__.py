"""What comes from outside: the public page, e-mail and web hooks start cases and answer their questions."""
