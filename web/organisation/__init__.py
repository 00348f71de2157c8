"""Pages of the organisation: departments, people, posts, groups, roles, files of people, the log."""
