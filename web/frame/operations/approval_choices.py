"""What the dialogs of approvals let one choose from: steps to send a case back to, signers, moves by hand."""

from __future__ import annotations

from collections.abc import Sequence

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from engine.people import organisation
from engine.people.actors import Actor
from engine.storage.models import ProcessInstance
from engine.verbs.approvals import jumps, signers
from engine.verbs.approvals.back import returns
from engine.verbs.approvals.back.ways_back import DIRECT, Target
from web.frame import filters, step_choices, storage
from web.frame.operations.approval_acts import BETWEEN

Choices = Sequence[tuple[str, str] | step_choices.Choice]


def of_return(session: Session, by: Actor, task_key: int) -> Choices:
    """The steps that a case may be sent back to, each with who gets it, what is given up and how it goes on from there."""
    company = organisation.at_version(session, by.company_id, by.organisation_version)
    targets = returns.targets(session, by, task_key, now=storage.now())
    return [
        (f"{target.element}{BETWEEN}{mode}", _target(target, mode, company)) for target in targets for mode in target.resumes
    ]


def _target(target: Target, mode: str, company: organisation.Organisation) -> str:
    name = _("Who began it") if target.is_initiator else target.name
    words = f"{name} · {company.name_of(target.doer)}" if target.doer else name
    if target.undoes:
        words += _("; also ends: %(steps)s", steps=filters.listed(target.undoes))
    if mode == DIRECT:
        words += _("; then straight back to me")
    elif len(target.resumes) > 1:
        words += _("; then through the steps again")
    return words


def of_signers(session: Session, by: Actor, case: ProcessInstance) -> Choices:
    """Whom the person may take off."""
    company = organisation.at_version(session, by.company_id, by.organisation_version)
    return [(str(item.key), company.name_of(item.username)) for item in signers.removable(session, by, case.root_key)]


def of_jump(session: Session, by: Actor, case: ProcessInstance) -> Choices:
    """From each place to each step that it may be moved to; in a long list each place stands once, above its steps."""
    places = jumps.places(session, by, case.key, now=storage.now())
    is_long = sum(len(place.aims) for place in places) > step_choices.LONG
    return [_move(place, each, is_long) for place in places for each in step_choices.of_aims(place.aims)]


def _move(place: jumps.JumpPlace, aim: step_choices.Choice, is_long: bool) -> step_choices.Choice:
    value = f"{place.token}{BETWEEN}{aim.value}"
    if not is_long:
        return step_choices.Choice(value, _("“%(here)s” to “%(step)s”", here=place.name, step=aim.words), aim.group)
    return step_choices.Choice(value, aim.words, aim.group, _("It is at “%(here)s”; move it to:", here=place.name))
