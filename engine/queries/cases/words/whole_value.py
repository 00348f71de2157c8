"""One answer of a case as a whole, where its page shows only the beginning."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from engine import errors
from engine.cases import cases
from engine.cases.lines import chosen_records, filled
from engine.cases.personal import personal_data, secret_data
from engine.cases.rights import barring
from engine.definitions import definitions
from engine.people import organisation
from engine.people.actors import Actor
from engine.queries.cases import filled_in, instance_page, timeline


def value(
    session: Session, by: Actor, key: int, name: str, *, step: str = "", now: datetime, is_revealed: bool = False
) -> filled.Value:
    """One answer of a case as a whole, masked as its page is. Raises NotFound, also for what no form names.

    `step` is the id of that under which it stands on the page. Who has an open task in the case's tree reads everything there,
    as on the task's page; of a closed one everybody his own words.
    """
    instance = instance_page.visible(session, by, key)
    definition = definitions.by_key(session, instance.definition_key)
    closed = secret_data.closing(session, by, instance, now=now)
    known, redaction = closed.own.values if closed else cases.variables(session, instance, now=now), None
    if closed or (not is_revealed and not personal_data.deals_with(session, by, root_key=instance.root_key)):
        redaction = personal_data.of_tree(session, instance, now=now)
        known = redaction.variables(known)
    company = organisation.at_version(session, by.company_id, by.organisation_version)
    entries = timeline.timeline(session, company, instance.root_key, barring.beside(by, instance)) if step else []
    entries = [each for each in entries if not closed or each.key in closed.own.events]
    given = filled_in.typed(timeline.masked(entries, redaction) if redaction else entries, key)
    groups = sorted(filled.grouped(definition, company, known, given), key=lambda group: group.element_id != step)
    answers = (each for group in groups for each in group.values if each.name == name)
    if answers_told := chosen_records.told(session, by, answers, redaction, now=now):
        return answers_told[0]
    if closed:
        raise closed.refusal
    raise errors.NotFound("There is nothing here under this address, or you may not view it.")
