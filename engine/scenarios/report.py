"""What came of the walks: one scenario that was played, and all of a company."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from engine.deploying.checking.checks import Examined
from engine.problems import Problem
from engine.scenarios.coverage import Taken


@dataclass(frozen=True)
class Walk:
    """One scenario that was played; `failure` says what went wrong, None when it went as written."""

    company: str
    process_id: str
    path: Path
    title: str
    failure: str | None
    taken: Taken


@dataclass
class Report:
    """What came of a company's walks. `examined` are its files as they were read; `drawings` are what is wrong with how its diagrams are drawn; `uncovered` lists sequence flows that none of them took, by process.

    `is_shipped`: it is part of the demo, so that its diagrams must also be well drawn.
    """

    examined: Examined = field(compare=False, repr=False)
    walks: list[Walk] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    drawings: list[Problem] = field(default_factory=list)
    uncovered: dict[str, list[str]] = field(default_factory=dict)
    covered: dict[str, float] = field(default_factory=dict)
    is_shipped: bool = False

    @property
    def failures(self) -> list[Walk]:
        """The walks that did not go as written."""
        return [walk for walk in self.walks if walk.failure]

    @property
    def is_broken(self) -> bool:
        """Something is so wrong with a file that nothing was deployed."""
        return any(problem.severity == "error" for problem in self.problems)

    @property
    def badly_drawn(self) -> list[Problem]:
        """What is wrong with the drawings of a company that is shipped; elsewhere these are warnings."""
        return self.drawings if self.is_shipped else []

    @property
    def is_fine(self) -> bool:
        """Nothing failed, nothing is wrong with a file or a shipped drawing, and every sequence flow was taken."""
        return not (self.is_broken or self.badly_drawn or self.failures or any(self.uncovered.values()))
