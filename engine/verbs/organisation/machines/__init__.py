"""Programs: their accounts, and what programs of the personnel office change of people and groups (SCIM 2.0)."""
