"""What a run left out, told in its last lines so that nobody takes it for tested: external data or a browser is missing."""

from __future__ import annotations

from collections import Counter
from typing import Any

from _pytest.terminal import TerminalReporter


def tell(terminal: TerminalReporter) -> None:
    """A line for each reason, with how many tests it concerns."""
    reasons = Counter(_reason(report) for report in terminal.stats.get("skipped", []))
    if reasons:
        terminal.section("NOT TESTED", sep="!", red=True, bold=True)
    for reason, count in reasons.most_common():
        terminal.line(f"{count} tests: {reason}", red=True)


def _reason(report: Any) -> str:
    told = report.longrepr
    return str(told[2] if isinstance(told, tuple) else told).removeprefix("Skipped: ")
