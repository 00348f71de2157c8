"""The variables of cases for the API: masked for those who merely may see a case, in full for those whose task it is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from engine import errors
from engine.cases import cases, personal_data
from engine.people.actors import Actor
from engine.queries.api import api_reads, fields
from engine.queries.api.search import Found, Query
from engine.storage.models import ProcessInstance

MAX_INSTANCES = 200


@dataclass(frozen=True)
class VariableFound:
    """A variable of an instance's process scope."""

    instance: ProcessInstance
    name: str
    value: Any
    is_masked: bool


def search_variables(session: Session, by: Actor, query: Query, *, now: datetime, is_revealed: bool = False) -> Found:
    """Variables of instances the caller may see; `processInstanceKey` must say which, for they are read one by one.

    With `is_revealed` they come in full, and it is noted in the history of each instance. Raises Invalid, NotFound.
    """
    keys, name = _instances(query), query.filter.get("name")
    for key in sorted(keys) if is_revealed else ():
        personal_data.reveal(session, by, key, now=now, how="api")
    rows: list[VariableFound] = []
    for key in keys:
        instance = api_reads.process_instance(session, by, key, with_tokens=True)
        found = of(session, by, instance, now=now, is_revealed=is_revealed)
        rows += [each for each in found if name in (None, each.name)]
    return Found(rows[query.offset : query.offset + query.limit], len(rows), False, None, None)


def of(
    session: Session, by: Actor, instance: ProcessInstance, *, now: datetime, is_revealed: bool = False
) -> list[VariableFound]:
    """The variables of one instance as this person may see them, by name."""
    known = cases.variables(session, instance, now=now)
    is_full = is_revealed or personal_data.deals_with(session, by, instance_key=instance.key)
    shown = known if is_full else personal_data.of_instance(session, instance, now=now).variables(known)
    return [VariableFound(instance, name, shown[name], shown[name] != known[name]) for name in sorted(known)]


def _instances(query: Query) -> list[int]:
    asked = query.filter.get("processInstanceKey") or query.filter.get("scopeKey")
    if asked is None:
        raise errors.Invalid("Say by processInstanceKey whose variables are searched.")
    keys = asked.get("$in") if isinstance(asked, dict) else [asked]
    return [fields.key(each) for each in dict.fromkeys(map(str, keys or []))][:MAX_INSTANCES]
