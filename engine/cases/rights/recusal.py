"""Whom a case keeps away (回避), by what it says itself: as the person whom a complaint is about.

Whom it keeps away by what it holds (`of_itself`) is kept away from all that it calls, and that its messages begin, too: from
their tasks (`above`) and from steering them. Whom a step keeps away for having done another one, as the first handler from a
review, is kept from that step alone.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from sqlalchemy import and_, select
from sqlalchemy.orm import undefer

from engine import errors, feel
from engine.cases import cases
from engine.cases.cases import Case, Instance, Surroundings
from engine.cases.look_ups import Lookups
from engine.cases.rights import access
from engine.definitions import definitions
from engine.definitions.definitions import Definition
from engine.definitions.rules import performers
from engine.definitions.task_settings import TaskSettings
from engine.people import actors, resolve
from engine.storage import models

REACHES = "This would reach a case that is about you, and that you must not steer."
KEPT_AWAY = "%(name)s must keep out of this case and may not do “%(step)s”. Please name somebody else."


def recused(case: Case, *, of_steps: bool = True) -> frozenset[str]:
    """Whom the tree of the case keeps away from acting on it: its open tasks, and each of its running cases by what it holds.

    Without `of_steps` those whom an open step alone keeps away, as the first handler from a review, are not among them.
    """
    task = models.UserTask
    is_open = (task.instance_key == Instance.key, task.state == "open")
    statement = (
        select(Instance, task)
        .outerjoin(task, and_(*is_open))
        .where(Instance.root_key == case.instance.root_key, Instance.state == "active")
        .options(undefer(Instance.tokens))
    )
    people = set(above(case))
    holders = {case.instance.key: case}
    for owner, row in case.session.execute(statement):
        if _texts(definitions.by_key(case.session, owner.definition_key)):
            holder = holders.get(owner.key) or holders.setdefault(owner.key, cases.look_into(case.around, owner))
            people.update(of_itself(holder), _of_task(holder, row) if row and of_steps else ())
    return frozenset(people)


def keeps(around: Surroundings, instance: Instance, username: str, *, of_steps: bool = True) -> bool:
    """Whether a case, running or over, is one that the person must not steer. Nothing is asked where it could keep nobody away.

    `of_steps` as for `recused`: what anybody may do with his own, as urging, is refused to whom the case is about alone.
    """
    if not _might_keep(around, instance):
        return False
    if instance.state == "active":
        return username in recused(cases.look_into(around, instance), of_steps=of_steps)
    return username in about(cases.look_back(around, instance)) | _above(around, instance)


def require_from(around: Surroundings, instance: Instance) -> None:
    """Raises Forbidden for somebody from whom a message or signal must not reach the case, as it is about him; nothing for the system."""
    if not around.by.is_system and keeps(around, instance, around.by.answerable, of_steps=False):
        raise errors.Forbidden(REACHES)


def is_unheard(case: Case, sender: str | None) -> bool:
    """Whether a message that was kept for the case is not for it to take: it came from somebody whom the case is about.

    Nobody could be asked for it when it was sent. `sender` as `Message.published_by`, None for the system.
    """
    return sender is not None and _might_keep(case.around, case.instance) and sender in recused(case, of_steps=False)


def require_thrown(case: Case, name: str, correlation_key: str) -> None:
    """The same of a message that a case throws, by whoever moves it: it leaves as work of the system, which nobody keeps out."""
    if case.around.by.is_system:
        return
    row = models.Subscription
    waiting = (row.company_id == case.instance.company_id, row.kind == "message", row.name == name)
    own = (Instance.key == row.instance_key, Instance.root_key != case.instance.root_key)
    awaited = select(Instance).join(row, and_(*own)).where(*waiting, row.correlation_key == correlation_key)
    for instance in case.session.execute(awaited).scalars():
        require_from(case.around, instance)


def of_itself(case: Case) -> frozenset[str]:
    """Whom the steps of the case keep away by what it holds, whoever did any of them: those whom it is about."""
    return about(_whoever_acted(case))


def of_step(case: Case, settings: TaskSettings, context: Mapping[str, Any]) -> frozenset[str]:
    """The same of one step, where its token stands."""
    return frozenset(_names(_whoever_acted(case), [settings.recused], context)) if settings.recused else frozenset()


def _whoever_acted(case: Case) -> Case:
    """The case as if nobody had done any step of it yet."""
    nobody: dict[str, Callable[..., Any]] = {"handler of": lambda task_id: None, "having acted": lambda people: []}
    return replace(case, functions=Lookups({**case.functions, **nobody}))


def above(case: Case) -> frozenset[str]:
    """Whom the cases above this one keep away: those that called it, and whose message began it."""
    if case.above is not None:
        return of_itself(case.above) | above(case.above)
    return _above(case.around, case.instance)


def _above(around: Surroundings, instance: Instance) -> frozenset[str]:
    key = instance.parent_key or instance.begun_by
    over = around.session.get(Instance, key) if key else None
    if over is None:
        return frozenset()
    own = of_itself(cases.look_back(around, over)) if _may_recuse(around, over) else frozenset[str]()
    return own | _above(around, over)


def _of_task(case: Case, task: models.UserTask) -> Iterator[str]:
    text = case.definition.tasks[task.element_id].recused
    return _names(case, [text] if text else [], case.context(task.token))


def about(case: Case) -> frozenset[str]:
    """Whom any step of the case would keep away, whether it is open, over or still to come."""
    texts = _texts(case.definition)
    return frozenset(_names(case, texts, case.context())) if texts else frozenset()


def require(case: Case, token: str | None, answers: Mapping[str, Any]) -> None:
    """Raises Invalid with the fields of a form that name, for another step, somebody whom that step keeps away."""
    faults: dict[str, list[errors.Refusal]] = {}
    for element_id, settings in case.definition.tasks.items():
        element = case.definition.program.elements[element_id]
        named = list(performers.named(element, answers)) if settings.recused else []
        if not named:
            continue
        context = case.context(token) | {name: feel.from_json(value) for name, value in answers.items()}
        kept_away = set(_names(case, [settings.recused], context))
        for field, username in named:
            if username in kept_away:
                refusal = errors.Refusal(KEPT_AWAY, name=case.around.organisation.name_of(username), step=element.name)
                faults.setdefault(field, [refusal])
    if faults:
        raise errors.Invalid(errors.ANOTHER_LOOK, fields=faults)


def barred(definition: Definition, evaluate: Callable[[str], Any]) -> dict[str, frozenset[str]]:
    """Whom fields of a form may not name, by the field (`performers.fields`): the step that finds its people there keeps them away.

    `evaluate` gives what a setting comes to as the case stands now; it may raise a FeelError, and then nobody is known.
    """
    away: dict[str, frozenset[str]] = {}
    for element_id, settings in definition.tasks.items():
        if not settings.recused:
            continue
        with contextlib.suppress(feel.FeelError):
            people = frozenset(resolve.names_in(evaluate(settings.recused)))
            for field in performers.fields(definition.program.elements[element_id]) if people else ():
                away[field] = away.get(field, frozenset()) | people
    return away


def unseeing(around: Surroundings, instance: Instance, usernames: Collection[str]) -> list[str]:
    """Those of some people to whom nobody may show a case of this tree, running or over: it is about them.

    Whom only a step that is over or to come keeps away, as the first handler from a review, goes on seeing the case if
    he does already.
    """
    tree = select(Instance).where(Instance.root_key == instance.root_key).order_by(Instance.key)
    whole = [
        cases.look_back(around, each) for each in around.session.execute(tree).scalars().all() if _may_recuse(around, each)
    ]
    running = next((each for each in whole if each.instance.state == "active"), None)
    now = recused(running) if running else frozenset()
    kept = {name for each in whole for name in about(each)} | _above(around, instance)
    return [name for name in usernames if name in now or (name in kept and not _sees(around, instance, name))]


def _might_keep(around: Surroundings, instance: Instance) -> bool:
    """Whether anything in the tree of the case, or above it, could keep somebody away; told without asking for rows."""
    definition = definitions.by_key(around.session, instance.definition_key)
    calls = any(each.called_process_id for each in definition.program.elements.values())
    return bool(_texts(definition) or calls or instance.parent_key or instance.begun_by)


def _may_recuse(around: Surroundings, instance: Instance) -> bool:
    """Whether a step of the process keeps anybody away, and there are variables left that say whom: most need not be read."""
    return bool(_texts(definitions.by_key(around.session, instance.definition_key)) and instance.tokens)


def _texts(definition: Definition) -> set[str]:
    return {each.recused for each in definition.tasks.values() if each.recused}


def _sees(around: Surroundings, instance: Instance, username: str) -> bool:
    person = actors.load(around.session, instance.company_id, username, now=around.now)
    return person is not None and access.may_see(around.session, person, instance)


def _names(case: Case, texts: Iterable[str], context: Mapping[str, Any]) -> Iterator[str]:
    for text in texts:
        with contextlib.suppress(errors.Refusal):  # told when the task was opened; then the administrators settle it
            yield from resolve.names_in(case.evaluate(text, context))
