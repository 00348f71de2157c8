"""Tables of figures about the past and of reports."""
