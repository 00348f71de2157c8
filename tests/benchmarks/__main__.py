"""Runs the benchmarks that are named, or all, and prints a line for each figure."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator

from tests.benchmarks import approvals, expressions, hostile, http, inbox, intake, organisation, rounds, soundness, statements
from tests.benchmarks.figures import Figure

PARTS: dict[str, Callable[[], Iterator[Figure]]] = {
    "statements": statements.measure,
    "http": http.measure,
    "loop": rounds.measure,
    "inbox": inbox.measure,
    "approvals": approvals.measure,
    "intake": intake.measure,
    "organisation": organisation.measure,
    "feel": expressions.measure,
    "hostile": hostile.measure,
    "soundness": soundness.measure,
}


def main() -> int:
    """1 when a figure is beyond its bound, 2 for an unknown part."""
    wanted = sys.argv[1:] or list(PARTS)
    unknown = [name for name in wanted if name not in PARTS]
    if unknown:
        print(f"There is no part {', '.join(unknown)}; there are: {', '.join(PARTS)}", file=sys.stderr)
        return 2
    beyond = 0
    for name in wanted:
        for figure in PARTS[name]():
            print(figure, flush=True)
            beyond += not figure.is_within
    return 1 if beyond else 0


if __name__ == "__main__":
    sys.exit(main())
