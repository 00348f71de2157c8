"""A form or decision that changes is a new version of every process that runs with it, also where it is deployed alone.

The processes that use it are deployed with it as they are: checked with it, and by whoever may publish them all.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.definitions import definitions
from engine.definitions import settings as texts
from engine.deploying.checking import checks
from engine.deploying.checking.checks import Examined, Resource
from engine.deploying.company_files import origin
from engine.people.actors import Actor
from engine.storage import models

FORM, DECISION = "form", "dmn"
Had = Mapping[tuple[str, str], int]


def joined(session: Session, by: Actor, examined: Examined) -> Examined:
    """The resources with the diagrams of all other processes of the company that use a form or decision which changes."""
    had = _bound(session, by, examined)
    changed = {*_forms(session, by, examined, had), *_decisions(session, by, examined, had)}
    diagrams = list(_diagrams(session, by, examined, changed)) if changed else []
    return checks.examine([*examined.resources, *diagrams]) if diagrams else examined


def _diagrams(session: Session, by: Actor, examined: Examined, changed: set[tuple[str, str]]) -> Iterator[Resource]:
    drawn, names = {each.process_id for each in examined.every_program}, {each.name for each in examined.resources}
    seen: set[bytes] = set()  # files that draw several processes
    for each in definitions.all_latest(session, by.company_id):
        used = {*((FORM, id) for id in each.forms), *((DECISION, id) for id in each.decisions)}
        if not used & changed or each.process_id in drawn:
            continue
        row = session.get_one(models.ProcessDefinition, each.key)
        if row.xml not in seen:
            seen.add(row.xml)
            name = row.resource_name if row.resource_name not in names else f"{row.process_id}/{row.resource_name}"
            names.add(name)
            yield Resource(name, row.xml, by_process={row.process_id: texts.own(row.settings)})


def _bound(session: Session, by: Actor, examined: Examined) -> dict[tuple[str, str], int]:
    """The forms and decisions that the processes of the deployment run with now: what they bring as it was changes nothing."""
    bound: dict[tuple[str, str], int] = {}
    for program in examined.every_program:
        process = models.ProcessDefinition
        row = _newest(session, by, process, process.process_id, program.process_id)
        settings = row.settings if row is not None else {}
        bound |= {(FORM, id): key for id, key in settings.get("forms", {}).items()}
        bound |= {(DECISION, id): key for id, key in settings.get("decisions", {}).items()}
    return bound


def _forms(session: Session, by: Actor, examined: Examined, had: Had) -> Iterator[tuple[str, str]]:
    form = models.FormDefinition
    broken = {each.resource for each in examined.problems if each.severity == "error"}
    for schema in (each for name, each in examined.schemas.items() if name not in broken):
        id = str(schema.get("id"))
        before, own = _newest(session, by, form, form.form_id, id), session.get(form, had.get((FORM, id), 0))
        if before is not None and schema not in (before.schema, own.schema if own is not None else None):
            yield FORM, id


def _decisions(session: Session, by: Actor, examined: Examined, had: Had) -> Iterator[tuple[str, str]]:
    rule = models.DecisionDefinition
    for resource in (each for each in examined.resources if each.name in examined.models):
        imports = checks.imports(resource, examined.resources)
        digest = origin.digest(resource.content, *(imports[name] for name in sorted(imports)))
        for id in examined.models[resource.name].decisions:
            before, own = _newest(session, by, rule, rule.decision_id, id), session.get(rule, had.get((DECISION, id), 0))
            if before is not None and digest not in (before.digest, own.digest if own is not None else None):
                yield DECISION, id


def _newest(session: Session, by: Actor, model: Any, column: Any, value: Any) -> Any:
    mine = select(model).where(model.company_id == by.company_id, column == value)
    return session.execute(mine.order_by(model.version.desc()).limit(1)).scalar_one_or_none()
