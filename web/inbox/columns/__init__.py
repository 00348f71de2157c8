"""The columns of the lists of the inbox, as each person wants them."""
