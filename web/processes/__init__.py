"""Pages of process owners: processes, the working calendar."""
