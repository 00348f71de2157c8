"""Regular expressions of the XPath flavour, in time linear in the text however hostile the pattern."""

from engine.feel.regex.matching import Match, Pattern, compile_pattern

__all__ = ["Match", "Pattern", "compile_pattern"]
