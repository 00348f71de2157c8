"""Every read of a screen: one module per screen, one function per question, plain dataclasses out."""
