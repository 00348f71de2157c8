"""One case [单]: its row and run, history, who may see it, its registers, summaries and personal data."""
