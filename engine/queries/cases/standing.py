"""Where cases stand in a list: with whom, or what they wait for, and until when."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import runtime
from engine.definitions.definitions import Definition
from engine.people import organisation
from engine.queries.cases import places, waits
from engine.storage.models import ProcessInstance


@dataclass(frozen=True)
class Standing:
    """Open steps of a case and of all it called; where no person has it, what it waits for."""

    places: list[places.Place] = field(default_factory=list)
    waits: list[waits.Wait] = field(default_factory=list)

    def limit(self, due_at: datetime | None, warn_at: datetime | None) -> tuple[datetime | None, datetime | None]:
        """Until when: the case's own limit, or where it has none the nearest of its open steps; with its warning."""
        if due_at is not None:
            return due_at, warn_at
        nearest = min((each for each in self.places if each.due_at), key=lambda each: str(each.due_at), default=None)
        return (nearest.due_at, nearest.warn_at) if nearest else (None, None)


def of_cases(session: Session, company: organisation.Organisation, roots: Mapping[int, int]) -> dict[int, Standing]:
    """By the key of each case, given with that of its first case: a called one stands where it does itself, not its caller.

    One statement for all, one more if some were called, and two more at most if some wait for nobody's work.
    """
    held = places.of_roots(session, company, set(roots.values()))
    called = _families(session, {root for case, root in roots.items() if case != root})
    mine = {case: _below(case, called) if case != root else None for case, root in roots.items()}
    found = {case: [each for each in held.get(root, []) if _is_in(each, mine[case])] for case, root in roots.items()}
    waiting = waits.of_roots(session, {roots[case] for case, has in found.items() if not has})
    return {
        case: Standing(has, [] if has else [each for each in waiting.get(roots[case], []) if _is_in(each, mine[case])])
        for case, has in found.items()
    }


def waits_of(
    session: Session,
    company: organisation.Organisation,
    instance: ProcessInstance,
    definition: Definition,
    run: runtime.Run | None,
    *,
    is_with_people: bool,
) -> list[waits.Wait]:
    """What a case waits for; where it lies with a case that it called, and there with no person, what that one waits for."""
    own = waits.of_case(session, instance, definition, run)
    if own or is_with_people or instance.state != "active":
        return own
    return of_cases(session, company, {instance.key: instance.root_key})[instance.key].waits


def _is_in(each: places.Place | waits.Wait, cases: Collection[int] | None) -> bool:
    return cases is None or each.instance_key in cases


def _families(session: Session, roots: Collection[int]) -> dict[int, list[int]]:
    """What each case of these trees has called, by the caller's key; one statement, none for none."""
    case = ProcessInstance
    statement = select(case.key, case.parent_key).where(case.root_key.in_(roots), case.parent_key.is_not(None))
    found: dict[int, list[int]] = {}
    for row in session.execute(statement) if roots else ():
        found.setdefault(row.parent_key, []).append(row.key)
    return found


def _below(case: int, called: Mapping[int, list[int]]) -> set[int]:
    """A case and all that it called, at any depth."""
    found, more = set(), [case]
    while more:
        key = more.pop()
        found.add(key)
        more += called.get(key, [])
    return found
