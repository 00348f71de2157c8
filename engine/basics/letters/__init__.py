"""Texts letter by letter: plain, odd, as people say and draw them."""
