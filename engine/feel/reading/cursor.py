"""Walks over the tokens of a FEEL text: names, labels and types, which need no precedence."""

from __future__ import annotations

from engine.feel import budget, errors
from engine.feel.reading import lexer, syntax
from engine.feel.reading.lexer import Token


class Cursor:
    """The place in the text, the names known there, and how deep the brackets are."""

    def __init__(self, text: str, names: lexer.Names) -> None:
        self.text = text
        self.names = names
        self.depth = 0
        self.token = lexer.token(text, 0)

    def advance(self) -> Token:
        """The current token; the next one becomes current."""
        token = self.token
        self.token = lexer.token(self.text, token.end)
        return token

    def peek(self) -> Token:
        """The token after the current one."""
        return lexer.token(self.text, self.token.end)

    def at(self, *texts: str) -> bool:
        """Whether the current token is one of these operators or words."""
        token = self.token
        return token.text in texts and token.kind in ("operator", "name")

    def accept(self, text: str) -> bool:
        """Pass this operator or word if it is the current token."""
        if self.at(text):
            self.advance()
            return True
        return False

    def expect(self, text: str) -> None:
        """Pass this operator or word; raises FeelSyntaxError when something else stands here."""
        if not self.accept(text):
            raise self.error(f"“{text}”")

    def error(self, expected: str) -> errors.FeelSyntaxError:
        """The syntax error at the current token."""
        return lexer.syntax_error(self.text, self.token, expected)

    def enter(self) -> None:
        """Go one bracket deeper; raises FeelBudgetError when that is too deep."""
        self.depth += 1
        if self.depth > budget.MAX_NESTING:
            raise errors.FeelBudgetError("This expression is nested too deeply.")

    def name(self) -> str:
        """A name: the longest known one, else all words up to the next operator or keyword."""
        token = self.token
        if token.kind == "quoted":
            return lexer.normal(self.advance().text)
        known = self.names.match(self.text, token)
        if known is not None:
            after = lexer.token(self.text, known)
            if after.kind != "name" or after.text in lexer.KEYWORDS:
                self.token = after
                return lexer.normal(self.text[token.start : known])
        words = [self.advance().text]
        while self._joins():
            words.append(self.advance().text)
        return " ".join(words) if len(words) > 1 else words[0]

    def _joins(self) -> bool:
        token = self.token
        if token.kind == "number":
            return token.text.isdigit()
        return token.kind == "name" and token.text not in lexer.KEYWORDS and token.text != "?"

    def label(self, expected: str) -> str:
        """A context key or parameter name, which from here on is a known name."""
        spot = lexer.label(self.text, self.token.start) if self.token.kind in lexer.NAMING else None
        return self._declared(spot, expected)

    def iterator_name(self) -> str:
        """The name that an iterator declares."""
        spot = lexer.iterator(self.text, self.token.start) if self.token.kind in lexer.NAMING else None
        return self._declared(spot, "a name and “in”")

    def named_argument(self) -> str | None:
        """The name of an argument, where a colon follows it."""
        if self.token.kind not in lexer.NAMING:
            return None
        spot = lexer.label(self.text, self.token.start)
        if not spot:
            return None
        name, end = spot
        colon = lexer.token(self.text, end)
        if colon.text != ":":
            return None
        self.token = lexer.token(self.text, colon.end)
        return name

    def _declared(self, spot: tuple[str, int] | None, expected: str) -> str:
        if not spot:
            raise self.error(expected)
        name, end = spot
        self.names.add(name)
        self.token = lexer.token(self.text, end)
        return name

    def type_name(self) -> syntax.TypeName:
        """A type as it stands behind `instance of` or a parameter's colon (clause 10.3.1.2, rule 54)."""
        self.enter()
        at = self.token.start
        if self.token.kind != "name":
            raise self.error("a type")
        name = self.advance().text if self.at("function", "null") else self.name()
        while self.accept("."):
            name += "." + self.name()
        node = syntax.TypeName(at, name)
        if self.accept("<"):
            self._type_arguments(node)
        if name == "function" and self.accept("->"):
            node.result = self.type_name()
        self.depth -= 1
        return node

    def _type_arguments(self, node: syntax.TypeName) -> None:
        while not self.at(">"):
            if node.name == "context":
                key = self.label("a name")
                self.expect(":")
                node.entries = {**(node.entries or {}), key: self.type_name()}
            else:
                node.arguments.append(self.type_name())
            if not self.accept(","):
                break
        self.expect(">")
