"""What a process says that can be obeyed and is hardly meant: warnings, each at its element."""
