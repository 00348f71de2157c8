"""Pages of managers: where every case stands, incidents."""
