"""The scenarios of a draft: listed with what came of them, run, and edited as steps."""
