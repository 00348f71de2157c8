"""The commands of `banjie`, one file each."""
