"""Decisions: DMN models, their tables and boxed expressions, made with a trail that says why; pure."""

from __future__ import annotations

from engine.decisions.dmn.parsing import parse, parse_new
from engine.decisions.evaluation import evaluate
from engine.decisions.failures import DecisionError, InputNotAllowed, RuleConflict
from engine.decisions.model import Decision, Model
from engine.decisions.outcome import Outcome, told
from engine.problems import Problem

__all__ = [
    "Decision",
    "DecisionError",
    "InputNotAllowed",
    "Model",
    "Outcome",
    "Problem",
    "RuleConflict",
    "evaluate",
    "parse",
    "parse_new",
    "told",
]
