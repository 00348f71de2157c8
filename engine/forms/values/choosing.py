"""What a choice field asks a long source for: what was typed to find something, and what is chosen already."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass


@dataclass
class Choosing:
    """The question that is open just now, from a field to a look-up that cannot list everything it has.

    `text` is what was typed; None when only those `chosen` are asked for, to validate them. A look-up that answers
    notes it: `is_used` says that it has searched by itself, `is_cut` that there are more than it gave.
    """

    is_open: bool = False
    text: str | None = None
    chosen: tuple[str, ...] = ()
    is_used: bool = False
    is_cut: bool = False

    @contextlib.contextmanager
    def asking(self, chosen: Iterable[str], text: str | None) -> Iterator[Choosing]:
        """The question stands within the block; afterwards look-ups list what they have again."""
        self.is_open, self.chosen, self.text = True, tuple(chosen), text
        self.is_used = self.is_cut = False
        try:
            yield self
        finally:
            self.is_open = False
