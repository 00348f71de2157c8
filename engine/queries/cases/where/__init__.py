"""Where a case is: open steps, who has them, what it waits for, what may follow."""
