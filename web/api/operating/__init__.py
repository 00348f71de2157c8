"""What operators do, for programs: under our own path, with the rights and the refusals of the pages."""
