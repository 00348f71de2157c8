"""The built-in functions of FEEL (DMN 1.5 clause 10.3.4) and those that Camunda 8 adds."""

from engine.feel.builtins import booleans, contexts, documents, lists, numeric, ranges, registry, statistics, strings, times

BUILTINS = registry.BUILTINS
Builtin = registry.Builtin

__all__ = [
    "BUILTINS",
    "Builtin",
    "booleans",
    "contexts",
    "documents",
    "lists",
    "numeric",
    "ranges",
    "statistics",
    "strings",
    "times",
]
