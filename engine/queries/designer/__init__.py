"""What the pages of the designer read."""
