"""Commands that look after a store: backup, migration, passwords, retention, secret, verification."""
