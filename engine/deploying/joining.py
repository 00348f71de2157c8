"""A form or decision that changes is a new version of every process that runs with it, also where it is deployed alone.

The processes that use it are deployed with it as they are: checked with it, and by whoever may publish them all.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.definitions import definitions, terms
from engine.definitions import settings as texts
from engine.deploying.checking import checks
from engine.deploying.checking.checks import Examined, Resource
from engine.deploying.company_files import origin
from engine.people.actors import Actor
from engine.storage import models

FORM, DECISION = "form", "dmn"
Id = tuple[str, str]  # kind and id
MODELS: Mapping[str, Any] = {FORM: models.FormDefinition, DECISION: models.DecisionDefinition}
IDS: Mapping[Any, str] = {
    models.FormDefinition: "form_id",
    models.DecisionDefinition: "decision_id",
    models.ProcessDefinition: "process_id",
}


def joined(session: Session, by: Actor, examined: Examined) -> Examined:
    """The resources with the diagrams of all other processes of the company that use a form or decision which changes."""
    changed = {*_forms(session, by, examined), *_decisions(session, by, examined)}
    replaced = _replaced(session, by, examined, changed) if changed else {}
    diagrams = list(_diagrams(session, by, examined, replaced)) if replaced else []
    return checks.examine([*examined.resources, *diagrams]) if diagrams else examined


def _diagrams(session: Session, by: Actor, examined: Examined, replaced: Mapping[Id, set[int]]) -> Iterator[Resource]:
    drawn, names = {each.process_id for each in examined.every_program}, {each.name for each in examined.resources}
    seen: set[bytes] = set()  # files that draw several processes
    for each in definitions.all_latest(session, by.company_id):
        bound = {
            **{(FORM, id): form.key for id, form in each.forms.items()},
            **{(DECISION, id): key for id, key in each.decisions.items()},
        }
        if each.process_id in drawn or not any(key in replaced.get(used, ()) for used, key in bound.items()):
            continue
        row = session.get_one(models.ProcessDefinition, each.key)
        if row.xml not in seen:
            seen.add(row.xml)
            name = row.resource_name if row.resource_name not in names else f"{row.process_id}/{row.resource_name}"
            names.add(name)
            yield Resource(name, row.xml, by_process={row.process_id: texts.own(row.settings)})


def _replaced(session: Session, by: Actor, examined: Examined, changed: Collection[Id]) -> dict[Id, set[int]]:
    """The versions in whose place the changed forms and decisions come: those that the processes of the deployment have run
    with; of what comes without a process that names it the newest. A new process that brings a form by a name that others
    have for theirs takes nothing from them.
    """
    named, had = set(_named(examined)), list(_had(session, by, examined))
    replaced: dict[Id, set[int]] = {}
    for kind, id in changed:
        newest = _newest(session, by, MODELS[kind], id)
        own = {key for (other, key) in had if other == (kind, id)}
        replaced[kind, id] = own if (kind, id) in named else {newest.key}
    return replaced


def _named(examined: Examined) -> Iterator[Id]:
    """The forms and decisions that the diagrams of the deployment name."""
    for resource in examined.resources:
        for program in examined.programs.get(resource.name, ()):
            yield from ((FORM, id) for id in terms.form_ids(resource.settings_of(program.process_id) or {}))
            for element in program.elements.values():
                yield from ((FORM, id) for id in (element.form_id,) if id)
                yield from ((DECISION, id) for id in (element.decision_id,) if id)


def _had(session: Session, by: Actor, examined: Examined) -> Iterator[tuple[Id, int]]:
    """The versions that the processes of the deployment run with now."""
    for program in examined.every_program:
        row = _newest(session, by, models.ProcessDefinition, program.process_id)
        settings = row.settings if row is not None else {}
        yield from (((FORM, id), key) for id, key in settings.get("forms", {}).items())
        yield from (((DECISION, id), key) for id, key in settings.get("decisions", {}).items())


def _forms(session: Session, by: Actor, examined: Examined) -> Iterator[Id]:
    broken = {each.resource for each in examined.problems if each.severity == "error"}
    had = dict(_had(session, by, examined))
    for schema in (each for name, each in examined.schemas.items() if name not in broken):
        id = str(schema.get("id"))
        before, own = (
            _newest(session, by, models.FormDefinition, id),
            session.get(models.FormDefinition, had.get((FORM, id), 0)),
        )
        if before is not None and schema not in (before.schema, own.schema if own is not None else None):
            yield FORM, id


def _decisions(session: Session, by: Actor, examined: Examined) -> Iterator[Id]:
    rule, had = models.DecisionDefinition, dict(_had(session, by, examined))
    for resource in (each for each in examined.resources if each.name in examined.models):
        imports = checks.imports(resource, examined.resources)
        digest = origin.digest(resource.content, *(imports[name] for name in sorted(imports)))
        for id in examined.models[resource.name].decisions:
            before, own = _newest(session, by, rule, id), session.get(rule, had.get((DECISION, id), 0))
            if before is not None and digest not in (before.digest, own.digest if own is not None else None):
                yield DECISION, id


def _newest(session: Session, by: Actor, model: Any, id: str) -> Any:
    column = getattr(model, IDS[model])
    mine = select(model).where(model.company_id == by.company_id, column == id)
    return session.execute(mine.order_by(model.version.desc()).limit(1)).scalar_one_or_none()
