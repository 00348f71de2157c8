"""What operators do with cases [运维操作], with one or with many: try again, skip, change values, times and where it stands."""
