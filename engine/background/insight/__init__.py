"""The past summed up: what ended on each day, counted by what is alike in it."""
