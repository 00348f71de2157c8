"""The forms and decisions of a draft, as their editors handle them."""
