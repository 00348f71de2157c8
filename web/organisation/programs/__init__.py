"""Programs that call the API: their accounts."""
