"""What every room may lean on: texts read safely, nearest names, files that are private."""
