"""Reads FEEL text into its syntax tree: precedence climbing over tokens (DMN 1.5 clause 10.3.1.2).

Hand-written because the grammar is not context-free: names hold spaces, operators and keywords, and
only the names in scope tell where they end; and because bracket depth must be bounded.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from decimal import Decimal

from engine.feel import budget, errors
from engine.feel.data import numbers
from engine.feel.reading import cursor, lexer, syntax
from engine.feel.reading.lexer import Token

_ORDERS = frozenset({"<", "<=", ">", ">="})
_COMPARISONS = _ORDERS | {"=", "!="}
_COMPARING, _ADDING = 3, 4
_PRECEDENCE = {
    "or": 1,
    "and": 2,
    **dict.fromkeys((*_COMPARISONS, "between", "in"), _COMPARING),
    **dict.fromkeys(("+", "-"), _ADDING),
    **dict.fromkeys(("*", "/"), 5),
    "**": 6,
}
_CONSTANTS = {"true": True, "false": False, "null": None}
# Reserved names of the standard that plain reading would cut at a keyword.
RESERVED = ("date and time", "years and months duration", "days and time duration", "get or else", "working days between")


def parse(text: str, *, unary: bool = False, names: Iterable[str] = ()) -> syntax.Node:
    """The tree of an expression, or of the unary tests of a decision table's cell.

    `names`: known names; only those with operators or keywords inside change the reading.
    Raises FeelSyntaxError, or FeelBudgetError for a text too long or nested too deeply.
    """
    if len(text) > budget.MAX_TEXT:
        raise errors.FeelBudgetError("This expression is too long.")
    parser = _Parser(text, lexer.Names((*RESERVED, *names)))
    try:
        return parser.unary_tests() if unary else parser.whole()
    except RecursionError:
        raise errors.FeelBudgetError("This expression is nested too deeply.") from None


def _logical(operator: Token, left: syntax.Node, right: syntax.Node) -> syntax.Node:
    if isinstance(left, syntax.Logical) and left.operator == operator.text:
        left.operands.append(right)
        return left
    return syntax.Logical(operator.start, "and" if operator.text == "and" else "or", [left, right])


class _Parser(cursor.Cursor):
    closing = 0  # > 0 while the end of a range is read, where `[` may close it

    # --- entry points

    def whole(self) -> syntax.Node:
        node = self.expression()
        if self.token.kind != "end":
            raise self.error("an operator or the end")
        return node

    def unary_tests(self) -> syntax.Node:
        start = self.token
        if self.at("-") and self.peek().kind == "end":
            return syntax.UnaryTests(start.start, [], False)
        if self.at("not") and self.peek().text == "(" and (negated := self.negated_tests()):
            return negated
        tests = self.tests()
        if self.token.kind != "end":
            raise self.error("an operator or the end")
        return syntax.UnaryTests(start.start, tests, False)

    def negated_tests(self) -> syntax.UnaryTests | None:
        start = self.token
        self.advance()
        self.advance()
        tests = self.tests()
        self.expect(")")
        if self.token.kind == "end":
            return syntax.UnaryTests(start.start, tests, True)
        self.token = start  # `not(a) and b`: an expression after all
        return None

    def tests(self) -> list[syntax.Node]:
        tests = [self.expression()]
        while self.accept(","):
            tests.append(self.expression())
        return tests

    # --- precedence, loosest first

    def expression(self) -> syntax.Node:
        self.enter()
        node = self.binary(1)
        self.depth -= 1
        return node

    def binary(self, minimum: int) -> syntax.Node:
        """Operators of at least this precedence; chains of one precedence stay flat."""
        if minimum <= _COMPARING and self.token.kind == "operator" and self.token.text in _COMPARISONS:
            operator = self.advance()
            return syntax.Test(operator.start, operator.text, self.binary(_ADDING))
        left = self.unary()
        while True:
            token = self.token
            precedence = _PRECEDENCE.get(token.text, 0) if token.kind in ("operator", "name") else 0
            if precedence < minimum or not precedence:
                return left
            self.advance()
            left = self.infix(left, token, precedence)

    def infix(self, left: syntax.Node, operator: Token, precedence: int) -> syntax.Node:
        if operator.text == "between":
            low = self.binary(_ADDING)
            self.expect("and")
            return syntax.Between(operator.start, left, low, self.binary(_ADDING))
        if operator.text == "in":
            return syntax.In(operator.start, left, self.in_tests())
        right = self.compared(operator) if precedence == _COMPARING else self.binary(precedence + 1)
        if precedence == _COMPARING:
            return syntax.Comparison(operator.start, operator.text, left, right)
        if precedence < _COMPARING:
            return _logical(operator, left, right)
        if isinstance(left, syntax.Arithmetic) and _PRECEDENCE[left.rest[0][1]] == precedence:
            left.rest.append((operator.start, operator.text, right))
            return left
        return syntax.Arithmetic(left.at, left, [(operator.start, operator.text, right)])

    def compared(self, operator: Token) -> syntax.Node:
        """What stands right of a comparison: after `=` also a range without end (`= >= 2`, DMN 1.5 clause 10.3.2.7).

        `=>` in one word is a slip for `>=` and no such range.
        """
        bound = self.token
        is_range = operator.text in ("=", "!=") and bound.kind == "operator" and bound.text in _ORDERS
        if not is_range or bound.start == operator.end:
            return self.binary(_ADDING)
        self.advance()
        return syntax.Test(bound.start, bound.text, self.binary(_ADDING))

    def in_tests(self) -> list[syntax.Node]:
        """What stands behind `in`; read only once, so that nesting does not cost exponentially."""
        if not self.at("("):
            return [self.in_test()]
        at = self.advance().start
        tests = [self.nested()]
        if self.accept(".."):
            return [self.range_end(at, tests[0], False)]
        while self.accept(","):
            tests.append(self.nested())
        self.expect(")")
        return tests if len(tests) > 1 else [self.postfix(tests[0])]

    def in_test(self) -> syntax.Node:
        if self.token.kind == "operator" and self.token.text in _COMPARISONS:
            operator = self.advance()
            return syntax.Test(operator.start, operator.text, self.binary(_ADDING))
        return self.binary(_ADDING)

    def unary(self) -> syntax.Node:
        if not self.at("-"):
            return self.instance_of()
        at = self.advance().start
        self.enter()
        operand = self.unary()
        self.depth -= 1
        if isinstance(operand, syntax.Literal) and isinstance(operand.value, Decimal):
            return syntax.Literal(at, numbers.CONTEXT.minus(operand.value))
        return syntax.Negation(at, operand)

    def instance_of(self) -> syntax.Node:
        node = self.postfix(self.primary())
        while self.at("instance") and self.peek().text == "of":
            at = self.advance().start
            self.advance()
            node = syntax.InstanceOf(at, node, self.type_name())
        return node

    def postfix(self, node: syntax.Node) -> syntax.Node:
        links = 0
        while self.token.kind == "operator" and self.token.text in (".", "[", "("):
            links += 1
            if links > budget.MAX_NESTING:
                raise errors.FeelBudgetError("This expression is nested too deeply.")
            if self.at("["):
                if self.closing and self.closes_range():
                    return node
                node = self.filter(node)
            elif self.at("("):
                node = self.call(node)
            else:
                node = self.path(node)
        return node

    def closes_range(self) -> bool:
        """Whether this `[` ends the range `]a..b[`: what follows cannot begin a filter's condition."""
        after = self.peek()
        if after.kind == "end":
            return True
        if after.kind == "name":
            return after.text in ("and", "or", "then", "else", "return", "satisfies", "in", "between")
        return after.kind == "operator" and after.text not in ("(", "[", "{", "-", "@", "<", ">", "<=", ">=")

    def filter(self, source: syntax.Node) -> syntax.Node:
        at = self.advance().start
        condition = self.nested()
        self.expect("]")
        return syntax.Filter(at, source, condition)

    def nested(self) -> syntax.Node:
        """An expression inside brackets, where `[` has its usual meaning again."""
        closing, self.closing = self.closing, 0
        node = self.expression()
        self.closing = closing
        return node

    def path(self, source: syntax.Node) -> syntax.Node:
        self.advance()
        if self.token.kind not in lexer.NAMING:
            raise self.error("a name")
        at = self.token.start
        if self.token.text in lexer.KEYWORDS:
            return syntax.Path(at, source, self.advance().text)
        return syntax.Path(at, source, self.name())

    def call(self, function: syntax.Node) -> syntax.Node:
        at = self.advance().start
        arguments: list[syntax.Node] = []
        names: list[str] = []
        while not self.at(")") or arguments:
            if argument := self.named_argument():
                names.append(argument)
            arguments.append(self.nested())
            if not self.accept(","):
                break
        if names and len(names) != len(arguments):
            raise self.error("a name for every argument, or for none")
        self.expect(")")
        at = function.at if isinstance(function, syntax.Name) else at
        return syntax.Call(at, function, arguments, names or None)

    # --- primary expressions

    def primary(self) -> syntax.Node:
        token = self.token
        if token.kind == "name":
            return self.word()
        if token.kind == "quoted":
            return syntax.Name(token.start, self.name())
        if token.kind == "number":
            self.advance()
            return syntax.Literal(token.start, numbers.literal(token.text))
        if token.kind == "string":
            self.advance()
            return syntax.Literal(token.start, lexer.unescape(token.text))
        if opening := _OPENINGS.get(token.text if token.kind == "operator" else ""):
            return opening(self)
        raise self.error("an expression")

    def word(self) -> syntax.Node:
        token = self.token
        if token.text in lexer.KEYWORDS and self.names.match(self.text, token) is None:
            if token.text in _CONSTANTS:
                self.advance()
                return syntax.Literal(token.start, _CONSTANTS[token.text])
            if statement := _STATEMENTS.get(token.text):
                return statement(self)
            if token.text not in ("and", "or") or self.peek().text != "(":
                raise self.error("an expression")
            return syntax.Name(token.start, self.advance().text)
        return syntax.Name(token.start, self.name())

    def parenthesis(self) -> syntax.Node:
        at = self.advance().start
        node = self.nested()
        if self.accept(".."):
            return self.range_end(at, node, False)
        self.expect(")")
        return node

    def bracket(self) -> syntax.Node:
        at = self.advance().start
        items: list[syntax.Node] = []
        while not self.at("]") or items:
            items.append(self.nested())
            if len(items) == 1 and self.accept(".."):
                return self.range_end(at, items[0], True)
            if not self.accept(","):
                break
        self.expect("]")
        return syntax.ListOf(at, items)

    def open_bracket(self) -> syntax.Node:
        at = self.advance().start
        low = self.nested()
        self.expect("..")
        return self.range_end(at, low, False)

    def range_end(self, at: int, low: syntax.Node, low_closed: bool) -> syntax.Node:
        self.closing += 1
        high = self.expression()
        self.closing -= 1
        if not self.at("]", ")", "["):
            raise self.error("“]” or “)”")
        return syntax.RangeOf(at, low, high, low_closed, self.advance().text == "]")

    def brace(self) -> syntax.Node:
        at = self.advance().start
        entries: list[tuple[str, syntax.Node]] = []
        while not self.at("}") or entries:
            key = self.key()
            self.expect(":")
            entries.append((key, self.nested()))
            if not self.accept(","):
                break
        self.expect("}")
        return syntax.ContextOf(at, entries)

    def key(self) -> str:
        if self.token.kind == "string":
            return lexer.unescape(self.advance().text)
        return self.label("a name or a text in quotation marks")

    def at_literal(self) -> syntax.Node:
        at = self.advance().start
        if self.token.kind != "string":
            raise self.error("a text in quotation marks")
        return syntax.AtLiteral(at, lexer.unescape(self.advance().text))

    # --- statements

    def if_(self) -> syntax.Node:
        at = self.advance().start
        condition = self.nested()
        self.expect("then")
        then = self.nested()
        self.expect("else")
        return syntax.If(at, condition, then, self.nested())

    def for_(self) -> syntax.Node:
        at = self.advance().start
        iterators = self.iterators()
        self.expect("return")
        return syntax.For(at, iterators, self.nested())

    def quantified(self) -> syntax.Node:
        token = self.advance()
        iterators = self.iterators()
        self.expect("satisfies")
        return syntax.Quantified(token.start, token.text == "every", iterators, self.nested())

    def iterators(self) -> list[syntax.Iterator]:
        iterators_read = [self.iterator()]
        while self.accept(","):
            iterators_read.append(self.iterator())
        return iterators_read

    def iterator(self) -> syntax.Iterator:
        at = self.token.start
        name = self.iterator_name()
        self.expect("in")
        source = self.nested()
        high = self.nested() if self.accept("..") else None
        return syntax.Iterator(at, name, source, high)

    def function(self) -> syntax.Node:
        at = self.advance().start
        self.expect("(")
        parameters: list[tuple[str, syntax.TypeName | None]] = []
        while not self.at(")") or parameters:
            name = self.label("a parameter")
            parameters.append((name, self.type_name() if self.accept(":") else None))
            if not self.accept(","):
                break
        self.expect(")")
        if self.at("external"):
            raise errors.FeelEvaluationError("External functions are not allowed: an expression never runs code on the server.")
        return syntax.Function(at, parameters, self.nested())


_OPENINGS: dict[str, Callable[[_Parser], syntax.Node]] = {
    "(": _Parser.parenthesis,
    "[": _Parser.bracket,
    "]": _Parser.open_bracket,
    "{": _Parser.brace,
    "@": _Parser.at_literal,
}
_STATEMENTS: dict[str, Callable[[_Parser], syntax.Node]] = {
    "if": _Parser.if_,
    "for": _Parser.for_,
    "some": _Parser.quantified,
    "every": _Parser.quantified,
    "function": _Parser.function,
}
