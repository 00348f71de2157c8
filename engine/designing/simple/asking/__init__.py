"""What the condition of a branch may ask beside the fields of forms: outcomes of steps, results of decisions, the initiator."""
