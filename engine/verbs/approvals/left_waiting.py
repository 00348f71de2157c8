"""What waits for somebody who is away, as four eyes keep his deputies from it: told to him, and to who may hand it on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from engine.basics.sayings import Said, joined
from engine.cases import notices
from engine.cases.rights import keepers, standing_in
from engine.cases.rights.standing_in import Part, Standing
from engine.definitions import definitions
from engine.people.organisation import Organisation
from engine.storage.models import Deputy, ProcessInstance, UserTask, WorkItem

LEFT_OPEN = Said("外出期间仍要您处理：{count}件待办代理人不能代办", "Your deputy cannot act on {count} of your tasks")
LEFT_OPEN_BODY = Said(
    "{who}不能代办：{tasks}。请在外出前办理，或转办给其他人。",
    "{who} cannot act on: {tasks}. Please do them before you leave, or hand them on.",
)
WAITING = Said("{who}外出，{count}件待办无人能代办", "{count} tasks wait for {who}, who is away")
WAITING_BODY = Said(
    "{who}外出，代理人不能代办：{tasks}。须由其本人办理，或由流程管理人变更处理人。",
    "{who} is away, and who stands in cannot act on: {tasks}. It has to be done in person, or be handed to somebody else.",
)
ONE_LEFT = Said("“{step}”（{number}，{why}）", "“{step}” ({number}, {why})")
BARRED = Said("{who}：{why}", "{who} {why}")
MOST = 10  # named in one notice


def tell_beforehand(session: Session, company: Organisation, row: Deputy, now: datetime) -> None:
    """Tells who goes away which of his tasks this deputy cannot act on, and why: they will wait for him."""
    parts = _parts(session, company, row)
    why = standing_in.hindrances(session, row.deputy, parts)
    left = [(part, task) for part, task in parts if part.key in why]
    if left:
        body = LEFT_OPEN_BODY.of(who=company.name_of(row.deputy), tasks=_named(session, left, why))
        _send(session, company, [row.principal], LEFT_OPEN.of(count=str(len(left))), body, now)


def tell_begun(session: Session, company: Organisation, row: Deputy, *, but: str | None = None, now: datetime) -> None:
    """Tells who is away now, and who manages what waits for him, what nobody who stands in can act on; not `but`, who knows it."""
    parts = _parts(session, company, row)
    standing = standing_in.on(session, company, parts, now=now)
    left = [(part, task) for part, task in parts if part.key in standing and standing[part.key].waits]
    why = {key: barred(company, each) for key, each in standing.items()}
    told: dict[str, list[Part]] = {} if but == row.principal or not left else {row.principal: left}
    for part, task in left:
        case = session.get_one(ProcessInstance, task.instance_key)
        for name in keepers.managers(session, company, case):
            if name not in (but, row.principal):
                told.setdefault(name, []).append((part, task))
    for name, theirs in told.items():
        who = company.name_of(row.principal)
        body = WAITING_BODY.of(who=who, tasks=_named(session, theirs, why))
        _send(session, company, [name], WAITING.of(who=who, count=str(len(theirs))), body, now)


def barred(company: Organisation, standing: Standing) -> Said:
    """Who stands in and may not act, and why."""
    return joined([BARRED.of(who=company.name_of(name), why=why) for name, why in standing.barred.items()])


def _parts(session: Session, company: Organisation, row: Deputy) -> list[Part]:
    """The open parts of whoever is away, and of groups in which nobody else can act."""
    item, task = WorkItem, UserTask
    alone = [name for name, members in company.groups.items() if company.active(members) == (row.principal,)]
    mine = [item.company_id == row.company_id, item.state == "open", task.state == "open"]
    mine += [task.process_id.in_(row.processes)] if row.processes else []
    asked = select(item, task).join(task, task.key == item.user_task_key).where(*mine).order_by(item.key)
    offered = or_(item.username == row.principal, item.group_name.in_(alone))
    return [(part, of_task) for part, of_task in session.execute(asked.where(offered)).all()]


def _named(session: Session, left: Sequence[Part], why: Mapping[int, Said]) -> Said:
    cases = ProcessInstance
    keys = {task.instance_key for _part, task in left[:MOST]}
    numbers = {row.key: row.number for row in session.execute(select(cases.key, cases.number).where(cases.key.in_(keys)))}
    return joined(
        ONE_LEFT.of(
            step=definitions.as_drawn(session, task.definition_key).said_in_each(task.name),
            number=numbers[task.instance_key],
            why=why[part.key],
        )
        for part, task in left[:MOST]
    )


def _send(session: Session, company: Organisation, to: Iterable[str], subject: Said, body: Said, now: datetime) -> None:
    notices.send(session, company, to, subject, body, now=now, kind="deputy", facts={"subject": subject, "said": body})
