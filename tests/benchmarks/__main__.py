"""Runs the benchmarks that are named, or all, and prints a line for each figure."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator

from tests.benchmarks import (
    approvals,
    board,
    bulk,
    editor,
    expressions,
    hostile,
    http,
    inbox,
    intake,
    many,
    organisation,
    rounds,
    soundness,
    statements,
)
from tests.benchmarks.figures import Figure

PARTS: dict[str, Callable[[], Iterator[Figure]]] = {
    "statements": statements.measure,
    "http": http.measure,
    "loop": rounds.measure,
    "inbox": inbox.measure,
    "board": board.measure,
    "bulk": bulk.measure,
    "approvals": approvals.measure,
    "signers": many.signers,
    "copies": many.told,
    "batch": many.batch,
    "intake": intake.measure,
    "organisation": organisation.measure,
    "feel": expressions.measure,
    "hostile": hostile.measure,
    "soundness": soundness.measure,
    "editor": editor.measure,
}
SIZED: dict[str, Callable[[int], Iterator[Figure]]] = {"board": board.measure, "bulk": bulk.measure}


def main() -> int:
    """1 when a figure is beyond its bound, 2 for an unknown part."""
    wanted = sys.argv[1:] or list(PARTS)
    unknown = [name for name in wanted if name not in PARTS and not _is_sized(name)]
    if unknown:
        print(f"There is no part {', '.join(unknown)}; there are: {', '.join(PARTS)}", file=sys.stderr)
        return 2
    beyond = 0
    for name in wanted:
        for figure in _figures(name):
            print(figure, flush=True)
            beyond += not figure.is_within
    return 1 if beyond else 0


def _is_sized(name: str) -> bool:
    """Whether it is a part with a size of its own: board:1000000."""
    part, _colon, size = name.partition(":")
    return part in SIZED and size.isascii() and size.isdigit() and int(size) > 0


def _figures(name: str) -> Iterator[Figure]:
    part, _colon, size = name.partition(":")
    return SIZED[part](int(size)) if size else PARTS[part]()


if __name__ == "__main__":
    sys.exit(main())
