"""`banjie check`: what is wrong with files, and every scenario walked in memory."""

from __future__ import annotations

import argparse
import itertools
import os
import sys
from collections.abc import Iterable
from pathlib import Path

from lxml import etree

from engine import environment, errors, scenarios
from engine.commands import deploying, opening
from engine.commands.deploying import Source
from engine.definitions.languages import files
from engine.deploying import shared_texts, value_doubts
from engine.deploying.checking.checks import Examined
from engine.designing.simple import cards, reading
from engine.diagrams import xml
from engine.reporting import shipped

REMEMBERED = "walked.json"  # in the data folder


def check(arguments: argparse.Namespace, settings: environment.Settings) -> int:
    """Checks the named companies, or all; 1 for a problem, a failed walk, or a sequence flow that no scenario took.

    Walks for which nothing has changed since they went as written are not played again, unless all are asked for.
    """
    named = {source for path in arguments.paths for source in deploying.sources_of(path)}
    chosen = sorted(named, key=lambda each: (each.root, each.company)) or [deploying.own(each) for each in opening.companies()]
    # Refused with the report and what is wrong in it.
    saved = {source: shipped.read(source.workflows / source.company / shipped.FILE) for source in chosen}
    reports, recalled = _walked(chosen, settings.data / REMEMBERED, is_all=arguments.all)
    for source, report in reports.items():
        _require_texts(source, report.examined, (each.name for each in saved[source] or ()))
    for source, report in reports.items():
        _tell(source, report)
        _tell_values(source, report.examined)
    if recalled:
        print(f"{recalled} scenarios went as written before and nothing has changed since (--all walks them again).")
    _tell_cards(chosen)
    failed = [source.company for source, report in reports.items() if not report.is_fine]
    if failed:
        print(f"To be mended: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


def _walked(chosen: list[Source], kept: Path, *, is_all: bool) -> tuple[dict[Source, scenarios.Report], int]:
    """What came of each company's walks, and how many were not played again: only those of the companies beside the program are remembered."""
    if is_all:
        kept.unlink(missing_ok=True)
    reports: dict[Source, scenarios.Report] = {}
    now, recalled = opening.clock(), 0
    for root, sources in itertools.groupby(chosen, key=lambda each: each.root):
        of = {each.company: each for each in sources}
        memory = scenarios.Memory(kept, root, now=now) if root == opening.ROOT else None
        told = scenarios.run(root, *of, processes=os.cpu_count() or 1, memory=memory, now=now)
        reports |= {of[company]: report for company, report in told.items()}
        recalled += memory.recalled if memory else 0
    return reports, recalled


def _require_texts(source: Source, examined: Examined, reports: Iterable[str]) -> None:
    """The company's texts in other languages are held against its files, where it has any."""
    own = source.definition
    if own.settings.get(files.TEXTS):
        shared_texts.require_said(examined, own.settings, own.names.union(reports))


def _tell_values(source: Source, examined: Examined) -> None:
    """The company's own values that nothing reads, or that nothing says in words."""
    own = source.definition
    for doubt in value_doubts.doubts(examined, own.settings, own.about):
        print(f"warning: {source.company}: {doubt}")


def _tell_cards(chosen: Iterable[Source]) -> None:
    """How much of the processes the simple view tells; the rest it shows as cards that open the diagram."""
    paths = [path for each in chosen for path in sorted((each.bpmn / each.company).glob("*.bpmn"))]
    roots = [root for path in paths if (root := _readable(path)) is not None]
    read = [reading.read(process) for root in roots for process in reading.processes(root)]
    kinds = [card.kind for each in read for card in each]
    told = sum(kind != cards.CLOSED for kind in kinds)
    whole = sum(each.is_full for each in read)
    print(f"as cards: {whole} of {len(read)} processes show fully, {told} of {len(kinds)} cards are open")


def _readable(path: Path) -> etree._Element | None:
    try:
        return xml.safe_parse(path.read_bytes())
    except errors.Refusal:
        return None


def _tell(source: Source, report: scenarios.Report) -> None:
    for problem in report.problems:
        print(f"{problem.severity}: {problem.resource} {problem.place}: {problem}")
    for drawn in report.drawings:
        severity = "error" if report.is_shipped else drawn.severity
        print(f"{severity}: {drawn.resource} {drawn.element_id}: {drawn}")
    for walk in report.failures:
        print(f"failed: {walk.path.relative_to(source.root)}「{walk.title}」: {walk.failure}")
    for process, share in sorted(report.covered.items()):
        walked = sum(walk.process_id == process for walk in report.walks)
        print(f"{source.company}/{process}: {walked} scenarios, {int(share * 100)}% of the sequence flows taken")
        for flow in report.uncovered[process]:
            print(f"  no scenario takes {flow}")
