"""Runs all scenarios of a company's processes and reports what went wrong and which sequence flows nobody took."""

from __future__ import annotations

import time
import tomllib
import traceback
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from engine import errors
from engine.deploying import folders
from engine.problems import Problem
from engine.scenarios.coverage import Coverage
from engine.scenarios.play import Failure, play
from engine.scenarios.stage import Stage


@dataclass(frozen=True)
class Walk:
    """One scenario that was played; `failure` says what went wrong, None when it went as written."""

    company: str
    process_id: str
    path: Path
    title: str
    failure: str | None
    seconds: float


@dataclass
class Report:
    """What came of a run. `uncovered` lists sequence flows that no walk took, by company and process."""

    walks: list[Walk] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    uncovered: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    covered: dict[tuple[str, str], float] = field(default_factory=dict)

    @property
    def failures(self) -> list[Walk]:
        """The walks that did not go as written."""
        return [walk for walk in self.walks if walk.failure]

    @property
    def is_fine(self) -> bool:
        """Nothing failed, nothing is wrong with a file, and every sequence flow was taken."""
        grave = any(problem.severity == "error" for problem in self.problems)
        return not grave and not self.failures and not any(self.uncovered.values())


def run(root: Path, company: str | None = None, *, process_id: str | None = None, name: str = "") -> Report:
    """Plays the scenarios under `root`/workflows of one company, or of all.

    `process_id` and `name` (part of a file's name) choose some of them; the coverage is then of those alone.
    """
    report = Report()
    for each in [company] if company else folders.companies(root / "bpmn"):
        stage = Stage(root / "bpmn", root / "workflows", each)
        try:
            _run_company(stage, root / "workflows" / each, report, process_id, name)
        finally:
            stage.close()
    return report


def _run_company(stage: Stage, workflows: Path, report: Report, process_id: str | None, name: str) -> None:
    report.problems += stage.problems
    if any(problem.severity == "error" for problem in stage.problems):
        return
    coverage = Coverage(stage)
    for path in _scenarios(workflows, process_id, name):
        report.walks.append(_walk(stage, path))
        coverage.add(stage)
    for each in coverage.flows:
        report.uncovered[stage.company, each] = coverage.missing(each)
        report.covered[stage.company, each] = coverage.share(each)


def _scenarios(workflows: Path, process_id: str | None, name: str) -> Iterator[Path]:
    for path in sorted(workflows.glob("*/scenarios/*.toml")):
        if process_id in (None, path.parent.parent.name) and name in path.name:
            yield path


def _walk(stage: Stage, path: Path) -> Walk:
    process_id, began = path.parent.parent.name, time.perf_counter()
    title, failure = path.stem, None
    try:
        scenario = _read(path)
        title = scenario.get("title", title)
        play(stage, process_id, scenario)
    except (Failure, errors.Refusal) as error:
        failure = str(error)
    except Exception as error:
        failure = f"{type(error).__name__}: {error}\n" + "".join(traceback.format_tb(error.__traceback__)[-4:])
    return Walk(stage.company, process_id, path, title, failure, time.perf_counter() - began)


def _read(path: Path) -> dict[str, Any]:
    try:
        scenario = tomllib.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)
    except (ValueError, RecursionError) as error:
        raise errors.Invalid("%(file)s cannot be read: %(detail)s", file=path.name, detail=str(error)) from error
    if not isinstance(scenario.get("now"), datetime) or scenario["now"].tzinfo is None:
        raise errors.Invalid("%(file)s needs `now`, a date and time with its zone.", file=path.name)
    return scenario
