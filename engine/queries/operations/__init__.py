"""What the pages of operators read: causes of incidents, operations and their log, what a case waits for, what the worker does."""
