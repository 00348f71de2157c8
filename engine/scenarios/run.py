"""Runs all scenarios of a company's processes and reports what went wrong and which sequence flows nobody took."""

from __future__ import annotations

import contextlib
import gc
import multiprocessing
import traceback
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from datetime import datetime
from pathlib import Path
from typing import Any

from engine import errors
from engine.deploying import folders
from engine.designing.scenarios import scripts
from engine.scenarios.coverage import Coverage, taken
from engine.scenarios.memory import Memory
from engine.scenarios.play import Failure, play
from engine.scenarios.report import Report, Walk
from engine.scenarios.stage import Stage

Stages = dict[str, Stage]
Wanted = tuple[str, Path]  # company and scenario
_here: Stages = {}  # in a process that was forked for walks


def run(
    root: Path,
    *companies: str,
    process_id: str | None = None,
    name: str = "",
    processes: int = 1,
    memory: Memory | None = None,
    now: datetime | None = None,
) -> dict[str, Report]:
    """Plays the scenarios under `root`/workflows of these companies, or of all; gives what came of each company.

    `process_id` and `name` (part of a file's name) choose some of them; the coverage is then of those alone. That many
    `processes` share the walks, where the machine can fork. With a `memory`, walks for which nothing has changed are
    taken from it, and the others kept in it. `now` is what moments in the files are held against, None for no such check.
    """
    with contextlib.ExitStack() as opened:
        stages = {}
        if memory is not None:
            memory.look_at(companies or folders.companies(root / "bpmn"))  # before any file is read
        for each in companies or folders.companies(root / "bpmn"):
            stages[each] = Stage(root / "bpmn", root / "workflows", each, judged_at=now)
            opened.callback(stages[each].close)
        reports = {
            each: Report(stage.examined, problems=list(stage.problems), drawings=stage.drawings, is_shipped=stage.is_demo)
            for each, stage in stages.items()
        }
        sound = [each for each, report in reports.items() if not report.is_broken]
        coverages = {each: Coverage(stages[each]) for each in sound}  # before walks: what it reads, forked processes have read
        wanted = [(each, path) for each in sound for path in _scenarios(root / "workflows" / each, process_id, name)]
        for walk in _remembered(stages, wanted, processes, memory):
            reports[walk.company].walks.append(walk)
        for each in sound:
            _cover(coverages[each], reports[each])
    return reports


def _remembered(stages: Stages, wanted: list[Wanted], processes: int, memory: Memory | None) -> Iterator[Walk]:
    """All walks in their order; only those that the memory does not know are played."""
    if memory is None:
        yield from _walked(stages, wanted, processes)
        return
    known = {each: memory.recall(*each) for each in wanted}
    fresh = iter(_walked(stages, [each for each in wanted if known[each] is None], processes))
    walks = [known[each] or next(fresh) for each in wanted]
    memory.keep(walks)
    yield from walks


def _walked(stages: Stages, wanted: list[Wanted], processes: int) -> list[Walk]:
    if processes < 2 or not wanted or "fork" not in multiprocessing.get_all_start_methods():
        return [_walk(stages[company], path) for company, path in wanted]
    # A forked process has the deployed companies in its memory, as they are; each walk begins by resetting one of them.
    # A pool that notices when one of its processes dies: a walk that crashes must not be waited for.
    with ProcessPoolExecutor(processes, multiprocessing.get_context("fork"), _move_in, (stages,)) as pool:
        return list(pool.map(_walk_here, wanted))


def _move_in(stages: Stages) -> None:
    gc.freeze()  # what was deployed stays to the end; what a walk leaves is looked through seldom
    gc.set_threshold(20_000, 20, 20)
    for stage in stages.values():
        stage.take_folder()
    _here.update(stages)


def _walk_here(wanted: Wanted) -> Walk:
    company, path = wanted
    return _walk(_here[company], path)


def _cover(coverage: Coverage, report: Report) -> None:
    for walk in report.walks:
        coverage.add(walk.taken)
    for process_id in coverage.flows:
        report.uncovered[process_id] = coverage.missing(process_id)
        report.covered[process_id] = coverage.share(process_id)


def _scenarios(workflows: Path, process_id: str | None, name: str) -> Iterator[Path]:
    for path in sorted(workflows.glob("*/scenarios/*.toml")):
        if process_id in (None, path.parent.parent.name) and name in path.name:
            yield path


def _walk(stage: Stage, path: Path) -> Walk:
    process_id, title, failure = path.parent.parent.name, path.stem, None
    try:
        scenario = _read(path)
        title = scenario.get("title", title)
        play(stage, process_id, scenario)
    except (Failure, errors.Refusal) as error:
        failure = str(error)
    except Exception as error:
        failure = f"{type(error).__name__}: {error}\n" + "".join(traceback.format_tb(error.__traceback__)[-4:])
    return Walk(stage.company, process_id, path, title, failure, taken(stage))


def _read(path: Path) -> dict[str, Any]:
    try:
        return scripts.read(path.read_text(encoding="utf-8"), path.name)
    except UnicodeDecodeError as error:
        raise errors.Invalid("%(file)s cannot be read: %(detail)s", file=path.name, detail=str(error)) from error
