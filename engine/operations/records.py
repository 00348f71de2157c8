"""The operations that write customer records and ask whether they may be destroyed."""

from __future__ import annotations

import dataclasses
from datetime import date, datetime
from typing import Any

from engine import errors, runtime
from engine.definitions import definitions
from engine.operations.registry import OperationContext, operation
from engine.people import organisation
from engine.records import approvals_given, holds, policy, records

DESTROY = "records.destroy"
LINE = ("name", "secrecy", "keeper", "copies", "last_business_on")


@operation("records.save", in_transaction=True)
def save(context: OperationContext, record: dict[str, Any]) -> dict[str, Any]:
    """Writes a new record, or a new version of that of `key`; nothing is ever overwritten.

    `record`: {key?, number?, name, secrecy, keeper?, copies?, last_business_on?, content, reason?}; for a record that
    there is, `changes` (what becomes otherwise in its content) may stand in place of `content`. Gives
    {record (key as text), number, version}.
    """
    company = organisation.current(context.session, context.instance.company_id)
    content, changes, line = record.get("content"), record.get("changes"), _line(record)
    may_change = content is None and bool(record.get("key")) and isinstance(changes, dict)
    if not isinstance(content, dict) and not may_change:
        raise errors.Invalid("A customer record needs its content.")
    reason = str(record.get("reason") or context.instance.number)
    about: dict[str, Any] = {"now": context.now, "instance": context.instance}
    if record.get("key"):
        about |= {"reason": reason, "changes": changes}
        row, _version = records.amend(context.session, company, context.actor, str(record["key"]), content, **about, **line)
    else:
        line = {"name": "", "secrecy": "", "number": record.get("number"), "reason": reason} | line
        new = records.NewRecord(content=content or {}, **line)
        row = records.enter(context.session, company, context.actor, new, **about)
    return {"record": str(row.key), "number": row.number, "version": row.current_version}


@operation("records.check_holds", in_transaction=True)
def check_holds(context: OperationContext, records: list[Any]) -> dict[str, Any]:
    """Whether each record may be destroyed just now. Gives {checks: [{record, number, blocked, reason}]}.

    `records`: keys, or items {recordId, number, title, customer}; one whose number or name is another record's is blocked, and so
    is one that was changed after the case's first approval. A process that destroys proposes them by asking: until its case is over, another one that asks hears its number.
    """
    policy.require_reading(organisation.current(context.session, context.instance.company_id), context.instance)
    root, company_id, proposes = context.instance.root_key, context.instance.company_id, _destroys(context)
    approved_at = first_approval(context) if proposes else None
    checks = holds.check(context.session, company_id, records, beside=root, lock=proposes, approved_at=approved_at)
    if proposes:
        holds.propose(context.session, company_id, [int(each.record) for each in checks if not each.blocked], root)
    return {"checks": [dataclasses.asdict(each) for each in checks]}


def first_approval(context: OperationContext) -> datetime | None:
    """When the first of the approvals was given that every way to this element passes: from then on a record may not change."""
    program = definitions.by_key(context.session, context.instance.definition_key).program
    before = frozenset(runtime.certain_before(program, context.element.id))
    return approvals_given.first_at(context.session, context.instance, before)


def _destroys(context: OperationContext) -> bool:
    """Whether the process of the case is one that destroys records."""
    program = definitions.by_key(context.session, context.instance.definition_key).program
    return any(each.task_definition and each.task_definition.type == DESTROY for each in program.elements.values())


def _line(record: dict[str, Any]) -> dict[str, Any]:
    line = {name: record[name] for name in LINE if record.get(name) is not None}
    if isinstance(line.get("last_business_on"), str):
        try:
            line["last_business_on"] = date.fromisoformat(line["last_business_on"][:10])
        except ValueError as error:
            raise errors.Invalid("%(text)s is not a date.", text=line["last_business_on"]) from error
    return line
