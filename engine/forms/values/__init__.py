"""From what is opened, typed or sent to the values of a form."""
