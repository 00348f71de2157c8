"""FEEL (DMN 1.5 clause 10): the only language inside a diagram, a decision table or a form; pure, exact, bounded."""

from engine.feel.budget import Budget
from engine.feel.builtins import BUILTINS, Builtin
from engine.feel.checking.compared import answered_by, answers, called_texts, calls, compared_texts, literals, taken_apart
from engine.feel.checking.problems import UNKNOWN_NAMES, ExpressionProblem, kind, problems
from engine.feel.compiling.iteration import iterate
from engine.feel.data.arithmetic import midnight as date_and_time
from engine.feel.data.json import from_json, to_json
from engine.feel.data.values import Function, Range, equal, normalise, order, to_python
from engine.feel.data.values import kind as type_name
from engine.feel.errors import FeelBudgetError, FeelError, FeelEvaluationError, FeelSyntaxError, Null
from engine.feel.expressions import Expression, body, compile, evaluate, is_expression, is_meant, scope
from engine.feel.patterns import Pattern, PatternPlace, entry_patterns, patterns
from engine.feel.renaming import is_name, renamed
from engine.feel.run import Warning
from engine.feel.scope import Scope
from engine.feel.wording import worded

__all__ = [
    "BUILTINS",
    "UNKNOWN_NAMES",
    "Budget",
    "Builtin",
    "Expression",
    "ExpressionProblem",
    "FeelBudgetError",
    "FeelError",
    "FeelEvaluationError",
    "FeelSyntaxError",
    "Function",
    "Null",
    "Pattern",
    "PatternPlace",
    "Range",
    "Scope",
    "Warning",
    "answered_by",
    "answers",
    "body",
    "called_texts",
    "calls",
    "compared_texts",
    "compile",
    "date_and_time",
    "entry_patterns",
    "equal",
    "evaluate",
    "from_json",
    "is_expression",
    "is_meant",
    "is_name",
    "iterate",
    "kind",
    "literals",
    "normalise",
    "order",
    "patterns",
    "problems",
    "renamed",
    "scope",
    "taken_apart",
    "to_json",
    "to_python",
    "type_name",
    "worded",
]
