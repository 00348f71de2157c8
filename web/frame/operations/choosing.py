"""Dialogs as pages of their own, and choosing people in them: found by typing, kept when the page is drawn again."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import flask
from sqlalchemy.orm import Session

from engine import errors
from engine.people.actors import Actor
from engine.queries.cases import people_found
from web.frame import storage
from web.frame.operations import acts

FIND = "find"  # the button that looks for people instead of sending the dialog


def is_asked() -> bool:
    """Whether this request only looks for people to choose."""
    return FIND in flask.request.form


def dialog(
    session: Session,
    by: Actor,
    offered: acts.Offered,
    *,
    title: str,
    action: str,
    back: str,
    refusal: errors.Refusal | None = None,
    case: int | None = None,
    task: int | None = None,
    typed: Mapping[str, str] = MappingProxyType({}),
    **beside: Any,
) -> str:
    """The dialog of an operation, with what was typed and what was refused; `case` is what it is about, `beside` stands in it too.

    `task` is the key of the task that is given to who is chosen, where that is known already. `typed` is what its fields begin with.
    """
    offered_people = {
        field.name: found_for(
            session,
            by,
            field.name,
            with_groups=field.with_groups,
            without_me=field.without_me,
            reading=case if field.lets_read else None,
            getting=task if field.gives_task else None,
        )
        for field in offered.act.fields
        if field.kind in ("people", "person")
    }
    if refusal:
        refusal = _reasoned(refusal, offered_people)
    return flask.render_template(
        "frame/operation.html",
        title=f"{offered.label} · {title}",
        about=title,
        offered=offered,
        act=offered.act,
        action=action,
        back=back,
        refusal=refusal,
        untold=_untold(refusal, offered.act) if refusal else [],
        found=offered_people,
        case=case,
        task=task,
        typed=typed,
        **beside,
    )


def _reasoned(refusal: errors.Refusal, found_people: Mapping[str, list[people_found.FoundActor]]) -> errors.Refusal:
    """Who was looked for and not ticked could not be: where nobody that was found can be, that is said, and why."""
    why = {
        name: [each.bar for each in found_people[name] if each.bar]
        for name, faults in refusal.fields.items()
        if found_people.get(name)
        and all(each.bar for each in found_people[name])
        and any(fault.text == acts.NOBODY_TICKED for fault in faults)
    }
    return errors.Invalid(acts.NOBODY_TICKED, fields={**refusal.fields, **why}) if why else refusal


def _untold(refusal: errors.Refusal, act: acts.Act) -> list[errors.Refusal]:
    """What no field of the dialog would show: it is told above them."""
    shown = {field.name for field in act.fields}
    beside = [fault for name, faults in refusal.fields.items() if name not in shown for fault in faults]
    return beside if refusal.fields else [refusal]


def found_for(
    session: Session,
    by: Actor,
    name: str,
    *,
    with_groups: bool = False,
    without_me: bool = False,
    reading: int | None = None,
    getting: int | None = None,
) -> list[people_found.FoundActor]:
    """Whom a field of this request shows to choose: those who are chosen, and whom the text beside it fits."""
    values = flask.request.values
    text, chosen = values.get(f"{name}_text", ""), values.getlist(name)
    wanted: dict[str, Any] = {"with_groups": with_groups, "without_me": without_me, "reading": reading, "getting": getting}
    return people_found.find(session, by, text, chosen, **wanted, now=storage.now())


def found_among(
    session: Session, by: Actor, name: str, chosen: list[str], *, with_groups: bool = False
) -> list[people_found.FoundActor]:
    """`found_for`, where a page and not its request says who is chosen."""
    text = flask.request.values.get(f"{name}_text", "")
    return people_found.find(session, by, text, chosen, with_groups=with_groups, now=storage.now())
