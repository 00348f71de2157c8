"""Where cases get stuck and what is late: of the rows as they are now, and of the past as the worker has summed it up."""
