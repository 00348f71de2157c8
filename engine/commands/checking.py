"""`banjie check`: what is wrong with files, and every scenario walked in memory."""

from __future__ import annotations

import argparse
import sys

from engine import environment, scenarios
from engine.commands import deploying, opening


def check(arguments: argparse.Namespace, _settings: environment.Settings) -> int:
    """Checks the named companies, or all; 1 for a problem, a failed walk, or a sequence flow that no scenario took."""
    chosen = sorted({deploying.company_of(path) for path in arguments.paths}) or opening.companies()
    failed = 0
    for company in chosen:
        report = scenarios.run(opening.ROOT, company)
        print(report)
        failed += not report.is_fine
    if failed:
        print(f"{failed} of {len(chosen)} companies have something to mend.", file=sys.stderr)
    return 1 if failed else 0
