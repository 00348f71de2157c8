"""People and time: who is who, who must act, and what a deadline in working days means."""
