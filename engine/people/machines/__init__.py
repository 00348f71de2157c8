"""Machine accounts: what they may do, and how a program proves that it has one."""
