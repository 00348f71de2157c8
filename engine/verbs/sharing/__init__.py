"""What people put around a case without deciding: copies, remarks, urging, links, following, phrases, saved views."""
