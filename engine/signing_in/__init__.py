"""Signing in by somebody else's word (OIDC, LDAP, WeCom, DingTalk, Feishu), and second factors."""
