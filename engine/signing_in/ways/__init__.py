"""How a person is known elsewhere: OIDC, LDAP, the offices' own apps."""
