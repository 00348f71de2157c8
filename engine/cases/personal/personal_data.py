"""Personal data of customers: masked in lists and on the case page, shown in full only with a trace in the history."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Select, select, true
from sqlalchemy.orm import Session, aliased, undefer

from engine import errors, forms
from engine.cases import cases, history
from engine.cases.cases import Case, Instance
from engine.cases.personal.personal_text import cover, mask, words_of
from engine.cases.rights import access, holding
from engine.definitions import definitions
from engine.definitions.definitions import Definition
from engine.people.actors import Actor
from engine.storage.models import ProcessInstance, UserTask, WorkItem

__all__ = [
    "Redaction",
    "deals_with",
    "is_masked",
    "mask",
    "masked",
    "note",
    "of_case",
    "of_instance",
    "of_tree",
    "paths",
    "reveal",
    "words_of_relatives",
]

Path = tuple[str, ...]
# E-mail and web hooks set these without any form; whoever is named by them is a person.
CUSTOMER_NAME = "complainant"
FROM_OUTSIDE = frozenset({(CUSTOMER_NAME,), ("contact",)})
FILE = frozenset({"key", "name", "size", "type"})
TYPED = frozenset({"textfield", "textarea", "expression"})
LISTED = frozenset({"checklist", "radio", "select", "taglist", "datetime"})


@lru_cache(maxsize=512)
def paths(definition: Definition) -> frozenset[Path]:
    """Where the forms of a process say that a field holds personal data (component property `personal`)."""
    return frozenset(path for path, _component, is_personal in _components(definition) if is_personal)


@dataclass(frozen=True)
class Redaction:
    """What is masked of one case: its personal fields, and the `words` in them wherever they stand in what people wrote."""

    definition: Definition
    words: tuple[str, ...] = ()

    @classmethod
    def of(cls, definition: Definition, known: Mapping[str, Any], inherited: Iterable[str] = ()) -> Redaction:
        """The redaction of a case with these variables; `inherited` are the words of the cases above it."""
        redacted = {*inherited}
        for path in _hidden(definition):
            for value in _with_copies(known, path):
                redacted.update(_words_at(value, path[1:]))
        return cls(definition, tuple(sorted(redacted, key=lambda word: (-len(word), word))))

    def text(self, text: str) -> str:
        """A text that people wrote, masked."""
        return cover(text, self.words)

    def of_event(self, _key: int) -> Redaction:
        """What is masked of what somebody wrote by that event."""
        return self

    def value(self, value: Any) -> Any:
        """A value that no form names, masked."""
        return self._within(value, None)

    def variables(self, known: Mapping[str, Any]) -> dict[str, Any]:
        """The variables masked; what is chosen from a list, and keys of files, are nobody's personal data."""
        return {name: value if name in cases.RESERVED else self._within(value, (name,)) for name, value in known.items()}

    def hides(self, known: Mapping[str, Any]) -> bool:
        """Whether there is, or is meant to be, anything to be masked in a case with these variables."""
        return bool(paths(self.definition) or self.words) or self.variables(known) != known

    def _within(self, value: Any, path: Path | None) -> Any:
        if path is not None and path in _hidden(self.definition):
            return mask(value)
        if isinstance(value, str):
            return value if path is not None and path in _chosen(self.definition) else self.text(value)
        if isinstance(value, list):
            return [self._within(each, path) for each in value]
        if not isinstance(value, Mapping):
            return value
        if value.keys() >= FILE:
            return {**value, "name": self.text(str(value["name"]))}
        return {name: self._within(each, None if path is None else (*path, name)) for name, each in value.items()}


def of_case(case: Case) -> Redaction:
    """The redaction of a case that is under way."""
    return Redaction.of(case.definition, case.run.variables(), case.persons)


def of_instance(session: Session, instance: Instance, *, now: datetime) -> Redaction:
    """The redaction of a stored case, running or over."""
    definition = definitions.by_key(session, instance.definition_key)
    return Redaction.of(definition, cases.variables(session, instance, now=now), cases.persons(instance))


def of_tree(session: Session, instance: Instance, *, now: datetime) -> Redaction:
    """The redaction of a stored case that also covers the words of its relatives, whose opinions stand beside its own."""
    definition = definitions.by_key(session, instance.definition_key)
    named = words_of_relatives(session, instance, now=now) | {*cases.persons(instance)}
    return Redaction.of(definition, cases.variables(session, instance, now=now), named)


def words_of_relatives(session: Session, instance: Instance, *, now: datetime) -> set[str]:
    """The words of all other cases of the tree, whose opinions and files stand on this one's page too; one statement."""
    tree = select(ProcessInstance).where(ProcessInstance.root_key == instance.root_key, ProcessInstance.key != instance.key)
    others = session.execute(tree.options(undefer(ProcessInstance.tokens))).scalars()
    return {word for each in others for word in of_instance(session, each, now=now).words}


def is_masked(session: Session, instance: Instance, *, now: datetime) -> bool:
    """Whether anything of a stored case is masked for those who may see it."""
    known = cases.variables(session, instance, now=now)
    return of_instance(session, instance, now=now).hides(known)


def masked(definition: Definition, variables: Mapping[str, Any], inherited: Iterable[str] = ()) -> dict[str, Any]:
    """The variables of a case, masked."""
    return Redaction.of(definition, variables, inherited).variables(variables)


def deals_with(session: Session, by: Actor, *, root_key: int | None = None, instance_key: int | None = None) -> bool:
    """Whether an open task of the case (or of its whole tree) is the person's to do: its page shows him everything."""
    tree = ProcessInstance
    where = tree.key == instance_key if root_key is None else tree.root_key == root_key
    return session.execute(_dealt_with(by, where).limit(1)).first() is not None


def dealt_with(session: Session, by: Actor, keys: Iterable[int]) -> set[int]:
    """Of these cases those that `deals_with` is true for, in one statement."""
    return set(session.execute(_dealt_with(by, ProcessInstance.key.in_(list(keys)))).scalars())


def dealt_with_in_trees(session: Session, by: Actor, keys: Iterable[int]) -> set[int]:
    """Of these cases those in whose whole tree an open task is the person's to do, in one statement."""
    wanted, tree = aliased(ProcessInstance), ProcessInstance
    mine = _dealt_with(by, true()).join(wanted, wanted.root_key == tree.root_key)
    return set(session.execute(mine.with_only_columns(wanted.key).where(wanted.key.in_(list(keys)))).scalars())


def _dealt_with(by: Actor, where: ColumnElement[bool]) -> Select[int]:
    task, item, tree = UserTask, WorkItem, ProcessInstance
    return (
        select(tree.key)
        .join(task, task.instance_key == tree.key)
        .join(item, item.user_task_key == task.key)
        .where(where, task.state == "open", holding.open_to(by), ~holding.kept_out(by), tree.company_id == by.company_id)
    )


def reveal(session: Session, by: Actor, key: int, *, now: datetime, how: str = "page", **data: Any) -> Instance:
    """Notes in the history that this person gets the personal data of a case in full.

    Raises NotFound for a case one may not know of; then nothing is noted.
    """
    instance = cases.lock(session, key)
    if not access.may_see(session, by, instance):
        raise errors.NotFound(access.NO_CASE)
    note(session, by, instance, now=now, how=how, **data)
    return instance


def note(session: Session, by: Actor, instance: Instance, *, now: datetime, how: str, **data: Any) -> None:
    """The event itself, of a locked instance; `how` is page, print, file, api or job."""
    history.append(session, instance, "unmasked", at=now, actor=by.username, data={"how": how, **data})
    session.flush()
    history.flush(session)


@lru_cache(maxsize=512)
def _hidden(definition: Definition) -> frozenset[Path]:
    return paths(definition) | FROM_OUTSIDE


@lru_cache(maxsize=512)
def _chosen(definition: Definition) -> frozenset[Path]:
    """Fields that are chosen from a list or a calendar in every form that has them."""
    components = list(_components(definition))
    typed = {path for path, component, _is_personal in components if component.type in TYPED}
    listed = {path for path, component, _is_personal in components if component.type in LISTED}
    return frozenset(listed - typed)


def _components(definition: Definition) -> Iterable[tuple[Path, forms.Component, bool]]:
    for form in definition.forms.values():
        yield from _below(form.parsed.components, (), False)


def _below(
    components: Iterable[forms.Component], above: Path, is_personal: bool
) -> Iterable[tuple[Path, forms.Component, bool]]:
    for component in components:
        path = above + component.path
        properties = component.raw.get("properties") or {}
        own = is_personal or str(properties.get("personal", "")).lower() == "true"
        if component.path:
            yield path, component, own
        yield from _below(component.children, path, own)


def _with_copies(known: Mapping[str, Any], path: Path) -> Iterable[Any]:
    """The variable that a path begins with; of what lies deep in one also all others: a diagram may keep the whole under another name."""
    yield known.get(path[0])
    if len(path) > 2:
        yield from (value for name, value in known.items() if name != path[0] and isinstance(value, Mapping))


def _words_at(value: Any, path: Path) -> Iterable[str]:
    if isinstance(value, list):
        for each in value:
            yield from _words_at(each, path)
    elif not path:
        yield from words_of(value)
    elif isinstance(value, Mapping):
        yield from _words_at(value.get(path[0]), path[1:])
