"""The append-only, hash-chained history of a process instance: what happened, when, by whom."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from engine.storage import keys, models

TOLD = "told"  # people are told something; the words are its values
KINDS = frozenset(
    [
        TOLD,
        "started",
        "entered",
        "left",
        "taken",
        "task_created",
        "claimed",
        "unclaimed",
        "completed",
        "voted",
        "passed",
        "returned",
        "taken_back",
        "moved",
        "signers_added",
        "signer_removed",
        "delegated",
        "cancelled",
        "timer_fired",
        "message_received",
        "message_barred",
        "message_unheard",
        "decided",
        "incident",
        "incident_resolved",
        "ended",
        "note",
        "letter",
        "answered",
        "withdrawn",
        "reassigned",
        "escalated",
        "extension_asked",
        "extension_refused",
        "extension_taken_back",
        "operation",
        "unmasked",
        "rated",
        "rescheduled",
        "transferred",
        "copied",
        "remarked",
        "urged",
        "consulted",
        "advised",
        "question_taken_back",
        "commented",
        "linked",
        "unlinked",
        "suspended",
        "resumed",
        "terminated",
        "voided",
        "variable_changed",
        "skipped",
        "hurried",
        "moment_set",
        "retries_changed",
    ]
)

TABLE: Any = models.HistoryEvent.__table__
INSERT = insert(TABLE).returning(TABLE.c.key)  # with it all rows go in one statement, else in one each


def append(
    session: Session,
    instance: models.ProcessInstance,
    kind: str,
    *,
    at: datetime,
    element_id: str | None = None,
    element_name: str | None = None,
    actor: str | None = None,
    data: Mapping[str, Any] | None = None,
) -> None:
    """Notes an event; `flush` writes all noted ones at once.

    `kind` is one of `KINDS`, `actor` a username (None: the engine itself). The instance's row must be locked,
    as its length and digest go on with each event.
    """
    if kind not in KINDS:
        raise ValueError(f"no such kind of history event: {kind}")
    row = {
        "key": keys.new(),
        "company_id": instance.company_id,
        "instance_key": instance.key,
        "sequence": instance.history_length + 1,
        "at": at.astimezone(UTC),
        "kind": kind,
        "element_id": element_id,
        "element_name": element_name,
        "actor": actor,
        "data": models.loads(models.dumps(dict(data))) if data else {},  # as it will be read again, or no digest holds
    }
    if "values" in row["data"]:
        row["data"]["salt"] = secrets.token_hex(16)
    row["digest"] = digest(row, instance.history_digest)
    instance.history_length += 1
    instance.history_digest = row["digest"]
    _noted(session).append(row)


def flush(session: Session) -> None:
    """Writes the noted events in one statement; the instances' rows must have been stored before."""
    rows = _noted(session)
    if rows:
        session.connection().execute(INSERT, rows)  # past the ORM, which has nothing to add but time
        rows.clear()


def mark(session: Session) -> int:
    """How many events are noted and not yet written, for `forget_after`."""
    return len(_noted(session))


def forget_after(session: Session, count: int) -> None:
    """Drops what was noted after `mark`, when the savepoint it belonged to was undone."""
    del _noted(session)[count:]


def erase_values(session: Session, instance_keys: Iterable[int]) -> None:
    """Takes what people typed out of the events of these instances, for good; that they acted, and how, stays.

    The chain still holds: it covers a salted digest of the values, which is what is left of them.
    """
    event = models.HistoryEvent
    for row in session.execute(select(event).where(event.instance_key.in_(list(instance_keys)))).scalars():
        if "salt" in row.data:
            row.data = _covered(row.data) | {"values": {"erased": _covered(row.data)["values"]}}
    session.flush()


def _covered(data: dict[str, Any]) -> dict[str, Any]:
    """An event's data as its digest covers it: of `values` only a salted digest, so that they can be erased."""
    if "values" not in data:
        return data
    rest = {name: value for name, value in data.items() if name not in ("values", "salt")}
    if "salt" not in data:
        return rest | {"values": data["values"]["erased"]}
    return rest | {"values": hashlib.sha256((data["salt"] + models.dumps(data["values"])).encode()).hexdigest()}


def digest(row: Mapping[str, Any], before: str) -> str:
    """The SHA-256 of an event and of the digest before it, over canonical JSON."""
    covered = {name: row[name] for name in ("instance_key", "sequence", "kind", "element_id", "element_name", "actor")}
    covered |= {
        "at": row["at"].astimezone(UTC).isoformat(timespec="microseconds"),
        "before": before,
        "data": _covered(row["data"]),
    }
    text = models.dumps({name: covered[name] for name in sorted(covered)})
    return hashlib.sha256(text.encode()).hexdigest()


def verify(session: Session, instance_key: int) -> list[str]:
    """What is wrong with the chain of an instance, one sentence per fault; empty when it holds."""
    instance = session.get_one(models.ProcessInstance, instance_key)
    event = models.HistoryEvent
    rows = session.execute(select(event).where(event.instance_key == instance_key).order_by(event.sequence)).scalars().all()
    faults = list(_chain_faults(rows))
    if len(rows) != instance.history_length:
        faults.append(f"{instance.number}: {len(rows)} events are stored, {instance.history_length} were written")
    elif rows and rows[-1].digest != instance.history_digest:
        faults.append(f"{instance.number}: the last event is not the one that the instance ends with")
    return faults


def _chain_faults(rows: Iterable[models.HistoryEvent]) -> Iterable[str]:
    before = ""
    for expected, row in enumerate(rows, start=1):
        if row.sequence != expected:
            yield f"event {expected} is missing"
            return
        if row.digest != digest(vars(row), before):
            yield f"event {row.sequence} ({row.kind}) was changed"
        before = row.digest


def _noted(session: Session) -> list[dict[str, Any]]:
    noted: list[dict[str, Any]] = session.info.setdefault("history", [])
    return noted
