"""What administrators of the organisation do: departments, posts, groups, people, roles, leaving, files of people."""
