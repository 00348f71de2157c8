"""The company's own values: their kinds and rules, where processes read them, how people read them."""
