"""The working calendars that a company names."""
