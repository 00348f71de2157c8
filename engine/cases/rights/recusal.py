"""Whom a case keeps away (回避), by what it says itself: as the person whom a complaint is about."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import undefer

from engine import errors, feel
from engine.cases import cases
from engine.cases.cases import Case, Instance, Surroundings
from engine.cases.rights import access
from engine.definitions import definitions
from engine.definitions.definitions import Definition
from engine.definitions.rules import performers
from engine.people import actors, resolve
from engine.storage import models

KEPT_AWAY = "%(name)s must keep out of this case and may not do “%(step)s”. Please name somebody else."


def recused(case: Case) -> frozenset[str]:
    """Whom the open tasks of the case, and of the cases that it called, keep away from acting on it."""
    task = models.UserTask
    statement = (
        select(task, Instance)
        .join(Instance, Instance.key == task.instance_key)
        .where(Instance.root_key == case.instance.root_key, task.state == "open")
        .options(undefer(Instance.tokens))
    )
    people: set[str] = set()
    for row, owner in case.session.execute(statement):
        text = definitions.by_key(case.session, row.definition_key).tasks[row.element_id].recused
        if text:
            holder = case if owner.key == case.instance.key else cases.look_into(case.around, owner)
            people.update(_names(holder, [text], holder.context(row.token)))
    return frozenset(people)


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
    kept = {name for each in whole for name in about(each)}
    return [name for name in usernames if name in now or (name in kept and not _sees(around, instance, name))]


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
