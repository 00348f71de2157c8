"""Work that comes for somebody who is away, and that those who stand in may not take: news for him, and for who may hand it on."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import select

from engine.announcing.news.telling import CaseNews, News
from engine.basics.sayings import Said
from engine.cases import notices
from engine.cases.rights import keepers, standing_in
from engine.cases.rights.standing_in import Part, Standing
from engine.definitions import definitions
from engine.definitions.rules import joint_rules
from engine.storage.models import UserTask, WorkItem
from engine.verbs.approvals import left_waiting

SUBJECT = Said("等待外出人员办理：{step}（{number}）", "Waits for somebody who is away: {step} ({number})")
BODY = Said(
    "{who}外出，代理人不能代办（{why}）。须由其本人办理，或由流程管理人变更处理人。",
    "{who} is away, and nobody who stands in may act on it ({why}). It has to be done in person, or be handed to somebody else.",
)
DONE_BESIDE = frozenset(["completed", "voted"])  # after these a deputy may be kept out of another step of the case


def absent_news(told: CaseNews) -> Iterator[News]:
    """Each part once: what came since the absence was arranged, and what came to be closed to the deputy by what he did."""
    item, task = WorkItem, UserTask
    mine = (item.instance_key == told.instance.key, item.state == "open", task.state == "open")
    joined = select(item, task).join(task, task.key == item.user_task_key).where(*mine).order_by(item.key)
    rows = [(part, of_task) for part, of_task in told.session.execute(joined).all()]
    standing = standing_in.on(told.session, told.company, rows, now=told.now)
    for part, of_task in rows:
        each = standing.get(part.key)
        if each is not None and each.waits and _is_new(part, each) and not _has_others(part, of_task, rows, standing):
            yield from _news(told, part, of_task, each)


def _is_new(part: WorkItem, standing: Standing) -> bool:
    came = max(part.created_at, part.claimed_at or part.created_at)
    return standing.since is not None and (came >= standing.since or standing_in.ACTED_APART in standing.barred.values())


def _has_others(part: WorkItem, task: UserTask, rows: list[Part], standing: dict[int, Standing]) -> bool:
    """Whether somebody else may decide the task instead."""
    rule = joint_rules.read(task.rule) or joint_rules.JointRule()
    if rule.is_joint or part.position != "own":
        return False
    others = (each for each, of_task in rows if of_task is task and each is not part and each.position == "own")
    return any(each.key not in standing or not standing[each.key].waits for each in others)


def _news(told: CaseNews, part: WorkItem, task: UserTask, standing: Standing) -> Iterator[News]:
    company = told.company
    drawn = definitions.as_drawn(told.session, told.instance.definition_key)
    who = "、".join(company.name_of(name) for name in standing.away)
    subject = SUBJECT.of(step=task.name, number=told.instance.number)
    body = BODY.of(who=who, why=left_waiting.barred(company, standing))
    said = {"subject": notices.by_language(subject, drawn), "said": notices.by_language(body, drawn)}
    facts = {**said, notices.TASK: task.key, notices.AWAY: list(standing.away)}
    managers = keepers.managers(told.session, company, told.instance)
    for reader in dict.fromkeys((*standing.away, *managers)):
        yield News("deputy", reader, f"absent:{part.key}:{standing.since}", None, facts, is_in_page=True)
