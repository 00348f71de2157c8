"""SCIM 2.0 (RFC 7643, 7644): people and groups kept by the program of the personnel office, with a machine account."""
