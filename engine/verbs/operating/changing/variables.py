"""Changing a variable of a running case by hand: typed, with a reason; the value it had stays in the history."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from engine import errors
from engine.basics import nearest
from engine.cases import cases, variable_size
from engine.cases.cases import Case, Instance
from engine.execution import settling
from engine.people.actors import Actor
from engine.verbs import ahead, grounds, operated
from engine.verbs.operating import declared, rights
from engine.verbs.operating.changing import values

UNKNOWN = "The case has no variable “%(name)s”."
DID_YOU_MEAN = "The case has no variable “%(name)s”. Did you mean “%(nearest)s”?"
FILES = "“%(name)s” holds files; they are added on the page of the case."
FIXED = "“%(name)s” belongs to the case itself and is not changed."
EMPTIES = "“%(name)s” held no text; an empty text in its place would break what reads it. To clear it, choose “nothing”."
SAME = "The variable “%(name)s” has this value already."


def set_variable(
    session: Session, by: Actor, key: int, name: str, kind: str, text: str, reason: str, *, now: datetime
) -> Instance:
    """Gives a variable of the process another value, and lets the case go on with it.

    `kind` (`values.KINDS`) says how `text` is read; what a form declares of a field of that name holds here too. Raises
    NotFound, Forbidden, Conflict (over, held up, the same value); Invalid by `name`, `kind`, `value`, `reason`.
    """
    case, given = rights.take_up(session, by, key, now=now), grounds.reason(reason)
    wanted, known = name.strip(), case.run.variables()
    _require_known(case, wanted, known)
    ahead.require_unapproved(case)
    value = values.typed(kind, text)
    _require_no_empty_text(wanted, known.get(wanted), value)
    declared.check(case, wanted, value)
    variable_size.check(session, {wanted: value})
    if wanted in known and known[wanted] == value and type(known[wanted]) is type(value):
        raise errors.Conflict(SAME, name=wanted)
    told = {"before": known.get(wanted), "after": value}
    case.note("variable_changed", actor=by.username, name=wanted, values=told, reason=given)
    operated.note(session, by, operated.SET_VARIABLE, case.instance, given, name=wanted, now=now)
    case.run.set_variables(None, {wanted: value})
    settling.settle(case)
    return case.instance


def may_be_changed(case: Case) -> list[str]:
    """The names that may be changed: variables of the process, and fields of its forms that nobody has filled in yet."""
    fields = declared.fields(case.definition)
    return sorted(({*case.run.variables(), *fields} - {*cases.RESERVED}) - declared.files(case.definition))


def _require_known(case: Case, name: str, known: dict[str, Any]) -> None:
    if name in cases.RESERVED:
        _refuse(FIXED, name=name)
    if name in declared.files(case.definition):
        _refuse(FILES, name=name)
    names = may_be_changed(case)
    if name in names or name in known:
        return
    meant = nearest.nearest(name, names)
    if meant is None:
        _refuse(UNKNOWN, name=name)
    _refuse(DID_YOU_MEAN, name=name, nearest=meant)


def _require_no_empty_text(name: str, before: Any, value: Any) -> None:
    if value == "" and before is not None and not isinstance(before, str):
        raise errors.Invalid(EMPTIES, fields={"value": [errors.Refusal(EMPTIES, fields=None, name=name)]}, name=name)


def _refuse(text: str, **said: object) -> None:
    raise errors.Invalid(text, fields={"name": [errors.Refusal(text, fields=None, **said)]}, **said)
