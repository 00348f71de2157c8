"""`banjie check`: what is wrong with files, and every scenario walked in memory."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterable
from pathlib import Path

from lxml import etree

from engine import environment, errors, scenarios
from engine.commands import deploying, opening
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
    chosen = sorted({deploying.company_of(path) for path in arguments.paths}) or opening.companies()
    # Refused with the report and what is wrong in it.
    saved = {company: shipped.read(opening.WORKFLOWS / company / shipped.FILE) for company in chosen}
    kept = settings.data / REMEMBERED
    if arguments.all:
        kept.unlink(missing_ok=True)
    memory = scenarios.Memory(kept, opening.ROOT, now=opening.clock())
    reports = scenarios.run(opening.ROOT, *chosen, processes=os.cpu_count() or 1, memory=memory, now=opening.clock())
    for company, report in reports.items():
        _require_texts(company, report.examined, (each.name for each in saved[company] or ()))
    for company, report in reports.items():
        _tell(company, report)
        _tell_values(company, report.examined)
    if memory.recalled:
        print(f"{memory.recalled} scenarios went as written before and nothing has changed since (--all walks them again).")
    _tell_cards(chosen)
    failed = [company for company, report in reports.items() if not report.is_fine]
    if failed:
        print(f"To be mended: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


def _require_texts(company: str, examined: Examined, reports: Iterable[str]) -> None:
    """The company's texts in other languages are held against its files, where it has any."""
    own = deploying.own(company).definition
    if own.settings.get(files.TEXTS):
        shared_texts.require_said(examined, own.settings, own.names.union(reports))


def _tell_values(company: str, examined: Examined) -> None:
    """The company's own values that nothing reads, or that nothing says in words."""
    own = deploying.own(company).definition
    for doubt in value_doubts.doubts(examined, own.settings, own.about):
        print(f"warning: {company}: {doubt}")


def _tell_cards(companies: Iterable[str]) -> None:
    """How much of the processes the simple view tells; the rest it shows as cards that open the diagram."""
    paths = [path for company in companies for path in sorted((opening.ROOT / "bpmn" / company).glob("*.bpmn"))]
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


def _tell(company: str, report: scenarios.Report) -> None:
    for problem in report.problems:
        print(f"{problem.severity}: {problem.resource} {problem.place}: {problem}")
    for drawn in report.drawings:
        severity = "error" if report.is_shipped else drawn.severity
        print(f"{severity}: {drawn.resource} {drawn.element_id}: {drawn}")
    for walk in report.failures:
        print(f"failed: {walk.path.relative_to(opening.ROOT)}「{walk.title}」: {walk.failure}")
    for process, share in sorted(report.covered.items()):
        walked = sum(walk.process_id == process for walk in report.walks)
        print(f"{company}/{process}: {walked} scenarios, {int(share * 100)}% of the sequence flows taken")
        for flow in report.uncovered[process]:
            print(f"  no scenario takes {flow}")
