"""The scenarios of a package: read, changed step by step, what came of them, and what that means for publishing."""
