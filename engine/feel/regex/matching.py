"""Runs a regular expression by backtracking that never tries the same place twice.

A failed attempt at one instruction and position fails again whatever path led there, so each such pair is
entered once per start: time is bounded by pattern length × text length. Only back-references break that
argument; with them the step budget alone is the bound.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from engine.feel import errors
from engine.feel.budget import Budget
from engine.feel.regex import parsing, tree

_MAX_PROGRAM = 3_000
_STEPS_PER_BUDGET_STEP = 2
_CHAR, _SPLIT, _JUMP, _SAVE, _START, _END, _BACK, _MATCH = range(8)

Instruction = tuple[int, object, object]
# Offsets of the whole and of each group: start0, end0, start1, end1, …; -1 where a group took no part.
Match = list[int]


@dataclass(frozen=True, slots=True)
class Pattern:
    """A compiled regular expression."""

    program: list[Instruction]
    groups: int
    multiline: bool
    ignores_case: bool
    has_back_references: bool

    def search(self, text: str, budget: Budget, start: int = 0) -> Match | None:
        """The leftmost match at or after `start`; raises FeelBudgetError when the budget is used up."""
        visited: set[int] = set()
        for at in range(start, len(text) + 1):
            match = self._match_at(text, at, visited, budget)
            if match:
                return match
        return None

    def find_all(self, text: str, budget: Budget) -> Iterator[Match]:
        """The matches one after another."""
        at = 0
        while at <= len(text):
            match = self.search(text, budget, at)
            if not match:
                return
            yield match
            at = match[1] if match[1] > match[0] else match[1] + 1

    def _match_at(self, text: str, start: int, visited: set[int], budget: Budget) -> Match | None:
        program, size = self.program, len(self.program)
        stack: list[tuple[int, int, Match]] = [(0, start, [-1] * (2 * self.groups + 2))]
        steps = 0
        try:
            while stack:
                pc, at, saved = stack.pop()
                while True:
                    steps += 1
                    if steps & 1023 == 0:
                        budget.step(1024 // _STEPS_PER_BUDGET_STEP)
                    operation, first, second = program[pc]
                    if operation == _CHAR:
                        if at >= len(text) or not first(text[at]):  # type: ignore[operator]
                            break
                        at += 1
                        pc += 1
                    elif operation == _SPLIT:
                        key = at * size + pc
                        if not self.has_back_references:
                            if key in visited:
                                break
                            visited.add(key)
                        stack.append((second, at, saved))  # type: ignore[arg-type]
                        pc = first  # type: ignore[assignment]
                    elif operation == _JUMP:
                        pc = first  # type: ignore[assignment]
                    elif operation == _SAVE:
                        saved = saved.copy()
                        saved[first] = at  # type: ignore[call-overload]
                        pc += 1
                    elif operation == _MATCH:
                        saved[0], saved[1] = start, at
                        return saved
                    else:
                        moved = self._zero_width(operation, first, text, at, saved)
                        if moved is None:
                            break
                        at, pc = moved, pc + 1
        finally:
            budget.step(1 + steps % 1024 // _STEPS_PER_BUDGET_STEP)
        return None

    def _zero_width(self, operation: int, group: object, text: str, at: int, saved: Match) -> int | None:
        """The position after `^`, `$` or a back-reference; None where it does not match."""
        if operation == _START:
            return at if at == 0 or (self.multiline and text[at - 1] == "\n") else None
        if operation == _END:
            return at if at == len(text) or (self.multiline and text[at] == "\n") else None
        assert isinstance(group, int)
        start, end = saved[2 * group], saved[2 * group + 1]
        if start < 0 or end < 0:
            return at
        wanted, passage = text[start:end], text[at : at + end - start]
        same = wanted.casefold() == passage.casefold() if self.ignores_case else wanted == passage
        return at + end - start if same else None


@functools.lru_cache(maxsize=128)
def compile_pattern(pattern: str, flags: str = "") -> Pattern:
    """The pattern of a text and XPath flags; raises Null for a malformed one."""
    node, groups = parsing.parse(pattern, flags)
    compiler = _Compiler()
    compiler.emit(node)
    compiler.add(_MATCH)
    back = any(operation == _BACK for operation, _, _ in compiler.program)
    return Pattern(compiler.program, groups, "m" in flags, "i" in flags, back)


class _Compiler:
    def __init__(self) -> None:
        self.program: list[Instruction] = []

    def add(self, operation: int, first: object = None, second: object = None) -> int:
        if len(self.program) >= _MAX_PROGRAM:
            raise errors.FeelBudgetError("The pattern repeats too much.")
        self.program.append((operation, first, second))
        return len(self.program) - 1

    def emit(self, node: tree.PatternNode) -> None:
        _EMIT[type(node)](self, node)

    def char(self, node: tree.Char) -> None:
        self.add(_CHAR, node.test)

    def sequence(self, node: tree.Sequence) -> None:
        for part in node.parts:
            self.emit(part)

    def group(self, node: tree.Group) -> None:
        if node.number is None:
            self.emit(node.body)
            return
        self.add(_SAVE, 2 * node.number)
        self.emit(node.body)
        self.add(_SAVE, 2 * node.number + 1)

    def choice(self, node: tree.Choice) -> None:
        ends = []
        for branch in node.branches[:-1]:
            split = self.add(_SPLIT)
            self.emit(branch)
            ends.append(self.add(_JUMP))
            self.program[split] = (_SPLIT, split + 1, len(self.program))
        self.emit(node.branches[-1])
        for end in ends:
            self.program[end] = (_JUMP, len(self.program), None)

    def repeat(self, node: tree.Repeat) -> None:
        for _ in range(node.least):
            self.emit(node.body)
        if node.most is None:
            self._loop(node)
            return
        splits = []
        for _ in range(node.most - node.least):
            splits.append(self.add(_SPLIT))
            self.emit(node.body)
        for split in splits:
            self._set_split(split, len(self.program), node.greedy)

    def _loop(self, node: tree.Repeat) -> None:
        split = self.add(_SPLIT)
        self.emit(node.body)
        self.add(_JUMP, split)
        self._set_split(split, len(self.program), node.greedy)

    def _set_split(self, split: int, out: int, greedy: bool) -> None:
        first, second = (split + 1, out) if greedy else (out, split + 1)
        self.program[split] = (_SPLIT, first, second)


_EMIT: dict[type, Callable[..., None]] = {
    tree.Char: _Compiler.char,
    tree.Start: lambda compiler, node: compiler.add(_START),
    tree.End: lambda compiler, node: compiler.add(_END),
    tree.Back: lambda compiler, node: compiler.add(_BACK, node.group),
    tree.Sequence: _Compiler.sequence,
    tree.Choice: _Compiler.choice,
    tree.Group: _Compiler.group,
    tree.Repeat: _Compiler.repeat,
}
