"""Tables of the organisation: people, departments, groups, programs, what changes them, how they sign in."""
