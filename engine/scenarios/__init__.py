"""Scenarios: walks through a process written down in TOML, played in memory against the real verbs with a fast clock."""

from __future__ import annotations

from engine.scenarios.coverage import Coverage
from engine.scenarios.play import Failure, play
from engine.scenarios.run import Report, Walk, run
from engine.scenarios.stage import Stage

__all__ = ["Coverage", "Failure", "Report", "Stage", "Walk", "play", "run"]
