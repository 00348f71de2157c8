"""Where a case stands, in words."""
