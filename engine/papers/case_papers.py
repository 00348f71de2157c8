"""Papers of a case: the forms that a regulation names, printed as PDF from what is known of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session, undefer

from engine import errors
from engine.cases import cases
from engine.cases.lines import chosen_records, filled, wording
from engine.cases.personal import personal_data, secret_data
from engine.cases.rights import access, barring, holding
from engine.definitions import definitions
from engine.files import documents
from engine.forms import Component
from engine.papers import sayings
from engine.people import organisation
from engine.people.actors import Actor
from engine.people.organisation import Organisation
from engine.storage.models import ProcessInstance, UserTask

FORMAT = "%Y-%m-%d %H:%M"


@dataclass(frozen=True)
class Paper:
    """A paper that may be printed; `document.make()` sets it, once the transaction is over."""

    name: str
    document: documents.DocumentOrder


def order(session: Session, by: Actor, key: int, template: str, *, now: datetime, is_full: bool = False) -> Paper:
    """The paper of a case, personal data masked; with `is_full` they are printed, which is noted in its history.

    `template` is one that the process's workflow.toml lists under [[paper]]. Raises NotFound for another, and for a
    case that the person may not know of.
    """
    statement = select(ProcessInstance).where(ProcessInstance.key == key).options(undefer(ProcessInstance.tokens))
    instance = session.execute(statement).scalar_one_or_none()
    if instance is None or not access.may_see(session, by, instance):
        raise errors.NotFound(access.NO_CASE)
    secret_data.require(session, by, instance, now=now)
    definition = definitions.as_drawn(session, instance.definition_key)  # a form that a regulation names
    title = next((each.title for each in definition.settings.paper if each.template == template), None)
    if title is None:
        raise errors.NotFound("This process has no such paper.")
    company = organisation.at_version(session, by.company_id, by.organisation_version)
    known = cases.variables(session, instance, now=now)
    redaction = None if is_full else personal_data.of_tree(session, instance, now=now)
    shown = redaction.variables(known) if redaction else known
    texts = _answers(session, by, company, filled.filled_fields(definition, company, shown), redaction, now)
    data = _data(session, by, company, instance, title, definition, shown, texts, now)
    said = sayings.of_case(session, by, company, instance, redaction, ZoneInfo(company.time_zone))
    data["sayings"] = [each.told(lambda at: _moment(at, ZoneInfo(company.time_zone))) for each in said]
    if redaction is not None:
        data["steps"] = [{**each, "opinion": redaction.text(each["opinion"])} for each in data["steps"]]
    document = documents.order(template, data, now=now)
    if is_full and personal_data.is_masked(session, instance, now=now):
        personal_data.reveal(session, by, key, now=now, how="print", paper=title)
    return Paper(f"{title}-{instance.number}.pdf", document)


def _answers(
    session: Session,
    by: Actor,
    company: Organisation,
    told: list[filled.Value],
    redaction: personal_data.Redaction | None,
    now: datetime,
) -> dict[str, str]:
    """What the forms ask, in words, by name; a record that the person may not see is empty."""
    zone, answers = ZoneInfo(company.time_zone), [each for each in told if each.kind != "table"]
    named = chosen_records.told(session, by, answers, redaction, now=now)
    return {_bare(each): "" for each in answers} | {_bare(each): wording.in_words(each.value, zone, company) for each in named}


def _data(
    session: Session,
    by: Actor,
    company: Organisation,
    instance: ProcessInstance,
    title: str,
    definition: definitions.Definition,
    known: Mapping[str, Any],
    answers: Mapping[str, str],
    now: datetime,
) -> dict[str, Any]:
    zone = ZoneInfo(company.time_zone)
    steps = _steps(session, by, company, instance, zone)
    case = {
        "number": instance.number,
        "process": instance.process_name,
        "title": instance.title,
        "state": instance.state,
        "started_at": _moment(instance.started_at, zone),
        "ended_at": _moment(instance.ended_at, zone),
        "handled_by": steps[0]["by"] if steps else "",  # of a case from outside nobody is named before
    }
    texts = _texts(definition, company, zone, known, answers)
    return {
        "company": company.name,
        "title": title,
        "case": case,
        "issued_at": _moment(now, zone),
        "asked": sorted({*_asked(definition), *texts}),
        "texts": texts,
        "lists": _lists(company, zone, known),
        "steps": steps,
    }


def _asked(definition: definitions.Definition) -> Iterator[str]:
    """The names of all fields of the process's forms: a paper has a place for each, also while it is empty."""
    for form in definition.forms.values():
        yield from _names(form.parsed.components)


def _names(components: Iterable[Component]) -> Iterator[str]:
    for component in components:
        if component.path:
            yield component.path[-1]
        yield from _names(component.children)


def _texts(
    definition: definitions.Definition,
    company: Organisation,
    zone: ZoneInfo,
    known: Mapping[str, Any],
    answers: Mapping[str, str],
) -> dict[str, str]:
    """Every value in words, by name, as the forms word it; entries of a context also as name.entry."""
    texts = {name: wording.in_words(value, zone, company) for name, value in known.items()}
    for name, value in known.items():
        if isinstance(value, Mapping):
            texts |= {f"{name}.{entry}": wording.in_words(each, zone, company) for entry, each in value.items()}
    return texts | dict(answers) | dict(_outcomes(definition, known))


def _outcomes(definition: definitions.Definition, known: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What people decided, in the words of the buttons they pressed."""
    for task in definition.tasks.values():
        chosen = task.outcome(str(known.get(task.result)))
        if chosen is not None and task.has_own_outcomes:
            yield task.result, chosen.label


def _lists(company: Organisation, zone: ZoneInfo, known: Mapping[str, Any]) -> dict[str, list[dict[str, str]]]:
    """Lists of contexts, such as measures and what became of them, by name."""
    return {
        name: [
            {entry: wording.in_words(each, zone, company) for entry, each in row.items()}
            for row in value
            if isinstance(row, Mapping)
        ]
        for name, value in known.items()
        if isinstance(value, list) and any(isinstance(row, Mapping) and "key" not in row for row in value)
    }


def _steps(
    session: Session, by: Actor, company: Organisation, instance: ProcessInstance, zone: ZoneInfo
) -> list[dict[str, Any]]:
    """What people did in the case and in those it called that the person may know of, oldest first, with the words of the buttons they pressed."""
    row, tree = UserTask, ProcessInstance
    mine = (tree.root_key == instance.key) | (tree.key == instance.key)
    statement = (
        select(row.element_id, row.name, row.outcome, row.opinion, row.completed_by, row.completed_at, row.definition_key)
        .add_columns(holding.stood_in_for().label("instead_of"))
        .join(tree, tree.key == row.instance_key)
        .where(mine, row.state == "completed", barring.beside(by, instance))
        .order_by(row.completed_at, row.key)
    )
    steps = []
    for line in session.execute(statement).all():
        task = definitions.as_drawn(session, line.definition_key).tasks.get(line.element_id)
        chosen = task.outcome(line.outcome or "") if task else None
        steps.append(
            {
                "id": line.element_id,
                "name": line.name,
                "outcome": chosen.label if chosen else "",
                "opinion": line.opinion or "",
                "by": company.signed(line.completed_by, line.instead_of),
                "at": _moment(line.completed_at, zone),
            }
        )
    return steps


def _bare(value: filled.Value) -> str:
    return value.name.strip(".").rpartition(".")[2]


def _moment(at: datetime | None, zone: ZoneInfo) -> str:
    return at.astimezone(zone).strftime(FORMAT) if at else ""
