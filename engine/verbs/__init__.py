"""What people, time and the world do to cases: one function a verb, one transaction a call."""
