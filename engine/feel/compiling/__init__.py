"""Turns a syntax tree into nested Python functions, once; evaluating is then calling them."""

from engine.feel.compiling import access, calls, collections, conditions, iteration, operators, registry

compiled = registry.compiled

__all__ = ["access", "calls", "collections", "compiled", "conditions", "iteration", "operators"]
