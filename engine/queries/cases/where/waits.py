"""What running cases wait for without a person: a moment, an answer, work of a machine; never what only listens."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import and_, exists, literal, null, select, union_all
from sqlalchemy import case as sql_case
from sqlalchemy.orm import Session, aliased, undefer

from engine import runtime
from engine.cases import cases
from engine.cases.rights import barring
from engine.definitions import definitions
from engine.definitions.definitions import Definition
from engine.definitions.languages import telling
from engine.people.actors import Actor
from engine.people.organisation import Organisation
from engine.queries.cases.where import answering as answerers
from engine.queries.cases.where.answering import Answerer
from engine.storage.models import Filing, Job, ProcessInstance, Subscription, Timer

LISTENING = frozenset({"boundaryEvent", "startEvent"})  # hangs on something else that is told by itself


@dataclass(frozen=True)
class CaseWait:
    """One place where a case waits: `kind` is timer, message, customer, signal, conditional, job or join; or kept: the case that
    another called is about whoever reads (`barring`), who is told nothing of it but the `name` of its process.

    `due_at` is the moment of a timer, or until when `who` has what answers (`answering`), the nearest of several. `others` are
    by name the steps without which a join does not go on, and what is awaited at a gateway without a name. `instance_key` is the
    case that waits, where those of a tree are told together. `is_beside`: somebody has the step, and the customer may answer it too.
    """

    element_id: str
    name: str
    kind: str
    due_at: datetime | None = None
    others: tuple[str, ...] = ()
    instance_key: int = field(default=0, compare=False)
    who: tuple[str, ...] = ()
    is_beside: bool = False


def is_place(element: runtime.Element | None) -> bool:
    """Whether a case stands at the element, rather than listening there while it stands elsewhere."""
    return element is not None and element.type not in LISTENING


def joins(definition: Definition, run: runtime.Run) -> Iterator[CaseWait]:
    """Branches that are through and wait for others, named as far as these have names."""
    elements = definition.program.elements
    for join, missing in run.joins:
        others = tuple(dict.fromkeys(name for each in missing if (name := elements[each].name.strip())))
        yield CaseWait(join, elements[join].name, "join", others=others)


def kept(case: int, process_name: str) -> CaseWait:
    """That a case was called which is kept from the reader."""
    return CaseWait("", process_name, "kept", instance_key=case)


def of_roots(session: Session, by: Actor, company: Organisation, roots: Collection[int]) -> dict[int, list[CaseWait]]:
    """What trees of cases wait for, as the person may know it, by the key of their first case; one statement for all, none for none.

    Two more at most where they wait for messages that are not their customers'.
    """
    resting: dict[tuple[int, int, str], list[_Rest]] = {}
    waits: dict[int, list[CaseWait]] = {}
    for row in session.execute(_rows(by, roots)) if roots else ():
        rest = _rest(session, row)
        if rest is not None and row.is_kept:
            name = telling.saying(session, row.definition_key)(row.process_name)
            waits.setdefault(row.root_key, []).extend([kept(row.key, name)] if is_place(rest.place) else [])
            continue
        if rest is not None and (is_place(rest.place) or rest.kind == "customer"):
            resting.setdefault((row.root_key, row.key, rest.place.id), []).append(rest)
    messages = {rest.awaited for rests in resting.values() for rest in rests if rest.kind == "message"}
    answering = answerers.of_messages(session, company, messages)
    for (root, case, _place), rests in resting.items():
        waits.setdefault(root, []).append(_told(case, rests, answering))
    return waits


@dataclass(frozen=True)
class _Rest:
    """One thing that a case waits for, `name`, at a place of its diagram; `awaited` is the tree with the message's own name."""

    place: runtime.Element
    name: str
    kind: str
    due_at: datetime | None
    awaited: tuple[int, str]


def _rest(session: Session, row: Any) -> _Rest | None:
    program = definitions.by_key(session, row.definition_key).program
    element = program.elements.get(row.element_id)
    if element is None:
        return None
    kind = "customer" if _is_of_customer(session, row) else row.kind
    return _Rest(_stands_at(program, element), element.name, kind, row.due_at, (row.root_key, row.name))


def _told(case: int, rests: list[_Rest], answering: Mapping[tuple[int, str], Answerer]) -> CaseWait:
    """What is waited for at one place: at a gateway all that comes after it, whichever is first."""
    place, kinds = rests[0].place, [rest.kind for rest in rests]
    answers = [answering[rest.awaited] for rest in rests if rest.awaited in answering]
    moments = [at for at in (*(rest.due_at for rest in rests), *(each.until for each in answers)) if at]
    return CaseWait(
        place.id,
        place.name,
        next((kind for kind in ("customer", "message") if kind in kinds), kinds[0]),
        min(moments, default=None),
        () if place.name else tuple(dict.fromkeys(rest.name for rest in rests)),
        case,
        tuple(dict.fromkeys(name for each in answers for name in each.who)),
        not is_place(place),
    )


def _is_of_customer(session: Session, row: Any) -> bool:
    """Whether the customer is asked here: he filed the case himself, and can open its page."""
    public = definitions.by_key(session, row.root_definition).settings.public if row.is_filed else None
    return public is not None and public.asks(row.element_id, row.name)


def _stands_at(program: runtime.Program, element: runtime.Element) -> runtime.Element:
    """The element, or the gateway at which a case waits for it or for something else."""
    before = [program.elements[program.flows[each].source] for each in element.incoming]
    return next((each for each in before if each.type == "eventBasedGateway"), element)


def at_joins(session: Session, by: Actor, roots: Collection[int]) -> dict[int, list[CaseWait]]:
    """Those trees of which a branch waits for others: neither a person nor a moment is told of them otherwise."""
    case = ProcessInstance
    running = (case.root_key.in_(roots), case.state == "active", ~barring.is_kept(by))
    statement = select(case).where(*running).options(undefer(case.tokens))
    waits: dict[int, list[CaseWait]] = {}
    for row in session.execute(statement.order_by(case.key)).scalars() if roots else ():
        definition = definitions.by_key(session, row.definition_key)
        state = cases.state(row)
        run = runtime.load(definition.program, state, host=runtime.Host(row.started_at)) if state else None
        if run and run.joins:
            waits.setdefault(row.root_key, []).extend(replace(each, instance_key=row.key) for each in joins(definition, run))
    return waits


def _rows(by: Actor, roots: Collection[int]) -> Any:
    case, root = ProcessInstance, aliased(ProcessInstance)
    nothing, of_none, never = literal(""), null(), literal(0)
    filed = exists().where(Filing.instance_key == root.key, Filing.secret_digest != "")
    is_filed = and_(Subscription.kind == "message", Subscription.correlation_key == root.number, filed)
    parts = []
    for row, kind, due, name, asked, extra in (
        (Timer, literal("timer"), Timer.due_at, nothing, never, []),
        (Subscription, Subscription.kind, of_none, Subscription.name, sql_case((is_filed, 1), else_=0), []),
        (Job, literal("job"), of_none, nothing, never, [Job.state.in_(("open", "leased"))]),
    ):
        columns = (case.key, case.root_key, case.definition_key, row.element_id, kind.label("kind"), due.label("due_at"))
        told = (name.label("name"), asked.label("is_filed"), root.definition_key.label("root_definition"))
        joined = (
            select(*columns, *told, case.process_name, barring.is_kept(by).label("is_kept"))
            .join(case, case.key == row.instance_key)
            .join(root, root.key == case.root_key)
        )
        parts.append(joined.where(case.root_key.in_(roots), case.state == "active", *extra))
    return union_all(*parts)
