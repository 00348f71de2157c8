"""How cases start, go on by themselves and end: instances, messages, timers, jobs, incidents, pausing."""
