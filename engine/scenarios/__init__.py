"""Scenarios: walks through a process written down in TOML, played in memory against the real verbs with a fast clock."""

from __future__ import annotations

from engine.scenarios.coverage import Coverage
from engine.scenarios.memory import Memory
from engine.scenarios.play import Failure, play
from engine.scenarios.report import Report, Walk
from engine.scenarios.run import run
from engine.scenarios.stage import Stage

__all__ = ["Coverage", "Failure", "Memory", "Report", "Stage", "Walk", "play", "run"]
