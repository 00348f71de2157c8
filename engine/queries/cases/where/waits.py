"""What running cases wait for without a person: a moment, an answer, work of a machine; never what only listens."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import literal, null, select, union_all
from sqlalchemy.orm import Session, undefer

from engine import runtime
from engine.cases import cases
from engine.definitions import definitions
from engine.definitions.definitions import Definition
from engine.storage.models import Job, ProcessInstance, Subscription, Timer

LISTENING = frozenset({"boundaryEvent", "startEvent"})  # hangs on something else that is told by itself
TOLD_ELSEWHERE = frozenset({"user_task", "scope", "call", "incident", "join"})


@dataclass(frozen=True)
class CaseWait:
    """One place where a case waits: `kind` is timer, message, signal, conditional, job or join.

    `due_at` is the moment of a timer, `others` are the steps without which a join does not go on, by name; `instance_key`
    is the case that waits, where those of a tree are told together.
    """

    element_id: str
    name: str
    kind: str
    due_at: datetime | None = None
    others: tuple[str, ...] = ()
    instance_key: int = field(default=0, compare=False)


def is_place(element: runtime.Element | None) -> bool:
    """Whether a case stands at the element, rather than listening there while it stands elsewhere."""
    return element is not None and element.type not in LISTENING


def of_case(session: Session, instance: ProcessInstance, definition: Definition, run: runtime.Run | None) -> list[CaseWait]:
    """What one case waits for; one statement where that is a moment."""
    if run is None or run.is_ended:
        return []
    elements = definition.program.elements
    waits = [(elements.get(element_id), kind) for element_id, kind in run.live if kind not in TOLD_ELSEWHERE]
    here = [(element, kind) for element, kind in waits if element is not None and is_place(element)]
    moments = _moments(session, instance.key) if any(kind == "timer" for _element, kind in here) else {}
    alone = [CaseWait(element.id, element.name, kind, moments.get(element.id)) for element, kind in here]
    return alone + list(_joins(definition, run))


def _joins(definition: Definition, run: runtime.Run) -> Iterator[CaseWait]:
    """Branches that are through and wait for others, named as far as these have names."""
    elements = definition.program.elements
    for join, missing in run.joins:
        others = tuple(dict.fromkeys(name for each in missing if (name := elements[each].name.strip())))
        yield CaseWait(join, elements[join].name, "join", others=others)


def of_roots(session: Session, roots: Collection[int]) -> dict[int, list[CaseWait]]:
    """What trees of cases wait for, by the key of their first case; one statement for all, none for none.

    Where a tree waits for nothing else, one more looks for branches that wait for others.
    """
    if not roots:
        return {}
    waits: dict[int, dict[tuple[int, str], CaseWait]] = {}
    for row in session.execute(_rows(roots)):
        element = _stands_at(definitions.by_key(session, row.definition_key).program, row.element_id)
        if element is not None and is_place(element):
            told = CaseWait(element.id, element.name, row.kind, row.due_at, instance_key=row.key)
            waits.setdefault(row.root_key, {}).setdefault((row.key, element.id), told)
    listed = {root: list(each.values()) for root, each in waits.items()}
    return listed | _at_joins(session, [root for root in roots if root not in waits])


def _stands_at(program: runtime.Program, element_id: str) -> runtime.Element | None:
    """The element, or the gateway with a name at which a case waits for it or for something else."""
    element = program.elements.get(element_id)
    before = [program.elements[program.flows[each].source] for each in element.incoming] if element is not None else []
    return next((each for each in before if each.type == "eventBasedGateway" and each.name), element)


def _at_joins(session: Session, roots: Collection[int]) -> dict[int, list[CaseWait]]:
    """Those trees of which a branch waits for others: neither a person nor a moment is told of them otherwise."""
    case = ProcessInstance
    statement = select(case).where(case.root_key.in_(roots), case.state == "active").options(undefer(case.tokens))
    waits: dict[int, list[CaseWait]] = {}
    for row in session.execute(statement.order_by(case.key)).scalars() if roots else ():
        definition = definitions.by_key(session, row.definition_key)
        state = cases.state(row)
        joins = (
            list(_joins(definition, runtime.load(definition.program, state, host=runtime.Host(row.started_at))))
            if state
            else []
        )
        if joins:
            waits.setdefault(row.root_key, []).extend(replace(each, instance_key=row.key) for each in joins)
    return waits


def _rows(roots: Collection[int]) -> Any:
    case = ProcessInstance
    parts = []
    for row, kind, due, extra in (
        (Timer, literal("timer"), Timer.due_at, []),
        (Subscription, Subscription.kind, null(), []),
        (Job, literal("job"), null(), [Job.state.in_(("open", "leased"))]),
    ):
        columns = (case.key, case.root_key, case.definition_key, row.element_id, kind.label("kind"), due.label("due_at"))
        joined = select(*columns).join(case, case.key == row.instance_key)
        parts.append(joined.where(case.root_key.in_(roots), case.state == "active", *extra))
    return union_all(*parts)


def _moments(session: Session, key: int) -> dict[str, datetime]:
    statement = select(Timer.element_id, Timer.due_at).where(Timer.instance_key == key)
    return {row.element_id: row.due_at for row in session.execute(statement)}
