"""What of a case is about persons, and when it is shown, masked or erased."""
