"""Variables of a running case, changed by hand."""
