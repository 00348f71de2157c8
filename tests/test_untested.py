"""A run that left something out says so loudly, each reason once."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from tests import untested
from tests.browser import install


class Terminal:
    """A terminal's reporter with these skipped tests; keeps what it is told to print."""

    def __init__(self, *skipped: Any) -> None:
        self.stats = {"skipped": list(skipped)}
        self.printed: list[str] = []

    def section(self, title: str, **_how: Any) -> None:
        self.printed.append(title)

    def line(self, text: str, **_how: Any) -> None:
        self.printed.append(text)


def skipped(reason: str) -> Any:
    return SimpleNamespace(longrepr=("tests/x.py", 3, f"Skipped: {reason}"))


def test_what_was_left_out_is_told_with_its_reason_and_number() -> None:
    terminal = Terminal(skipped("no kit"), *[skipped(install.ADVICE)] * 3)
    untested.tell(terminal)  # type: ignore[arg-type]
    assert terminal.printed == ["NOT TESTED", f"3 tests: {install.ADVICE}", "1 tests: no kit"]


def test_a_whole_run_says_nothing() -> None:
    terminal = Terminal()
    untested.tell(terminal)  # type: ignore[arg-type]
    assert terminal.printed == []
