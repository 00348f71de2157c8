"""A case once more: 重新发起 by whoever started it, as a draft to be changed; 重新打开 of a finished one as a linked case."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import errors, forms
from engine.cases import cases
from engine.cases.cases import Instance, Surroundings
from engine.cases.personal import secret_data
from engine.cases.rights import access
from engine.definitions import definitions
from engine.definitions.definitions import Definition
from engine.files import attachments
from engine.forms.schema import Component
from engine.people import actors
from engine.people.actors import Actor
from engine.storage.models import CaseLink, HistoryEvent, StartDraft, handing
from engine.verbs import grounds
from engine.verbs.running import process_instances, start_drafts
from engine.verbs.sharing import linking

FILES = "filepicker"
Again = Callable[[str], Mapping[str, Any] | None]


def copy(session: Session, by: Actor, key: int, *, now: datetime) -> StartDraft:
    """A draft of the newest version with what the case's start form holds by now, its files too; what it works out is anew.

    The case that is started from it is linked with this one. By whoever may start the process and started this case or
    takes part in it. Raises NotFound, Forbidden, Conflict (too many drafts; what was filled in was destroyed).
    """
    instance = access.require_case(session, by, key)
    definition = definitions.latest(session, by.company_id, instance.process_id)
    if not process_instances.may_start(definition, by):
        raise errors.Forbidden("You may not start “%(process)s”.", process=definition.title)
    if not access.takes_part(session, by, instance):
        raise errors.Forbidden("Only who takes part in this case starts it once more.")
    again = partial(attachments.copied, session, by, instance, now=now)
    secret_data.require(session, by, instance, now=now)
    values = _values(session, instance, definition, again, now) | _facts(Surroundings(session, by, now), definition)
    draft = start_drafts.save(session, by, instance.process_id, values, key=None, copied_from=instance.key, now=now)
    return start_drafts.take_up(session, by, draft)


def reopen(session: Session, by: Actor, key: int, reason: str, *, now: datetime) -> Instance:
    """Takes a case that is over up again, as a new case of the newest version with the same initiator, values and files, linked.

    By its process's managers and administrators. Raises NotFound, Forbidden; Conflict when it still runs, was called by
    another, was opened again already as a case that still runs, or is past its point of no return; Invalid without a reason, or where the start form asks for more by now.
    """
    instance = grounds.seen(session, by, key)
    if not access.may_manage(session, by, instance.process_id):
        raise errors.Forbidden("Only those who manage the process open a case again.")
    given = grounds.reason(reason)
    if instance.parent_key is not None:
        raise errors.Conflict("This case was called by another one; do it there.")
    if instance.state == "active":
        raise errors.Conflict("The case %(number)s is still running.", number=instance.number)
    grounds.require_not_past(session, by, instance)
    grounds.require_impartial(session, by, instance, grounds.ABOUT_YOU, now)
    _require_not_open_again(session, by, instance)
    secret_data.require(session, by, instance, now=now)
    definition = definitions.latest(session, by.company_id, instance.process_id)
    initiator = actors.load(session, by.company_id, instance.initiator or "") or by
    values = _values(
        session, instance, definition, partial(attachments.copied, session, initiator, instance, is_taken=True, now=now), now
    )
    again = process_instances.start_again(
        session, by, instance.process_id, values, initiator=initiator, reopened=instance.key, reason=given, now=now
    )
    linking.make(session, again, instance, handing.REOPENED, by=by.username, now=now)
    return again


def _require_not_open_again(session: Session, by: Actor, instance: Instance) -> None:
    """One at a time: who may not see the other case is not told its number."""
    link = CaseLink
    again = (link.other_key == instance.key, link.kind == handing.REOPENED, Instance.state == "active")
    other = session.execute(select(Instance).join(link, link.instance_key == Instance.key).where(*again)).scalars().first()
    if other is not None:
        number = other.number if access.may_see(session, by, other) else "—"
        raise errors.Conflict("This case is open again already, as %(number)s.", number=number)


def _values(session: Session, instance: Instance, newest: Definition, again: Again, now: datetime) -> dict[str, Any]:
    """What the newest start form asks for, as the case was started with it or as it was corrected since.

    `again` gives one of its files for another case, or None where that has to do without it.
    """
    event = HistoryEvent
    mine = (event.instance_key == instance.key, event.kind == "started")
    data = session.execute(select(event.data).where(*mine)).scalars().first() or {}
    started: Mapping[str, Any] = data.get("values") or {}
    if "erased" in started:
        raise errors.Conflict("What was filled in is destroyed; it cannot be used again.")
    form, present = newest.start_form, cases.variables(session, instance, now=now)
    if form is None:
        return {name: present.get(name, value) for name, value in started.items() if name not in cases.RESERVED}
    files = {each.path[-1] for each in form.parsed.walk() if each.type == FILES and each.path}
    asked = {each.path[0] for each in form.parsed.walk() if each.path} - set(cases.RESERVED)
    values = {**started, **present}
    return {name: _handed_on(name, values[name], files, again) for name in asked & values.keys()}


def _facts(around: Surroundings, newest: Definition) -> dict[str, Any]:
    """What the start form fills in itself (a default that is an expression, as when it was received): as it is now."""
    form = newest.start_form
    names = set(_worked_out(form.parsed.components)) if form is not None else set()
    if form is None or not names:
        return {}
    functions = around.functions(None, by=around.by)
    opened = forms.initial(form.parsed, {}, forms.FormScope({}, functions, around.local_now))
    return {name: value for name, value in opened.items() if name in names}


def _worked_out(components: Iterable[Component]) -> Iterator[str]:
    """The names of the fields whose default is an expression, but for those in the rows of lists."""
    for each in components:
        if each.type == "group" and not each.path:
            yield from _worked_out(each.children)
        elif len(each.path) == 1 and str(each.raw.get("defaultValue", "")).startswith("="):
            yield each.path[0]


def _handed_on(name: str, value: Any, files: set[str], again: Again) -> Any:
    """A value for another case: what the fields `files` hold, also in the rows of a list, is handed in anew."""
    if name in files:
        listed = value if isinstance(value, list) else []
        copies = (again(str(each.get("key", ""))) for each in listed if isinstance(each, dict))
        return [each for each in copies if each is not None]
    if isinstance(value, list):
        return [_handed_on("", each, files, again) for each in value]
    if isinstance(value, dict):
        return {inner: _handed_on(inner, each, files, again) for inner, each in value.items()}
    return value
