"""How long a test waits for another process or thread before it calls it hung: no busy machine gets near, no result hangs on it."""

SECONDS = 600
