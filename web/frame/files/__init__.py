"""Files that pages take and give."""
