"""What would come next, gone through in memory."""
