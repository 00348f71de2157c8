"""Who may be given an open task, whoever gives it: by hand, by delegation, as a signer, as overdue, by a leaver. One rule for all."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from engine import errors
from engine.cases.cases import Instance
from engine.cases.rights import acted
from engine.definitions import definitions
from engine.definitions.task_settings import ACT, INITIATOR, TaskSettings
from engine.people.organisation import Organisation
from engine.storage.models import UserTask, WorkItem

NO_SUCH_PERSON = "There is no person “%(name)s” who could act."
SEPARATED = "%(name)s must not act on this task (separation of duties)."
KEPT_AWAY = "%(name)s must keep out of this case and cannot act on this task."
OWN_APPROVAL = "%(name)s has started this case and must not approve it; please choose somebody else."
NO_CANDIDATE = "This step is done only by those whom it was offered to; %(name)s is not one of them."
TaskOfCase = tuple[UserTask, Instance, Sequence[WorkItem]]  # with all its parts


@dataclass(frozen=True)
class Receivers:
    """Who may be given one open task; `apart` did a step that it is apart from, of those before it or beside it."""

    company: Organisation
    task: UserTask
    settings: TaskSettings
    items: Sequence[WorkItem]
    initiator: str | None
    apart: frozenset[str]

    @property
    def separated(self) -> frozenset[str]:
        """Who could not act on it: separation of duties, or it is about them."""
        return self.apart.union(self.task.excluded)

    @property
    def kept_out(self) -> frozenset[str]:
        """Who must not be given it: those, and of an approval whoever asks for it.

        What the diagram itself lets an initiator decide he may decide; but nobody else makes him the judge of his own request.
        """
        own = {self.initiator} if self.initiator and self.task.kind == "approve" else set()
        return self.separated | own

    def bar(self, username: str) -> errors.Refusal | None:
        """Why it cannot be given to somebody; who could not act on it would only be stuck with it."""
        name = self.company.name_of(username)
        if not self.company.is_active(username):
            return errors.Refusal(NO_SUCH_PERSON, name=username)
        if username in self.separated:
            return errors.Refusal(SEPARATED if username in self._by_duty else KEPT_AWAY, name=name)
        if username in self.kept_out:
            return errors.Refusal(OWN_APPROVAL, name=name)
        if self.settings.handed_to == "candidates" and not self._is_candidate(username):
            return errors.Refusal(NO_CANDIDATE, name=name)
        return None

    @property
    def _by_duty(self) -> frozenset[str]:
        """Who must not act on it for what they did in the case; the others whom it excludes it is about."""
        is_asker_apart = INITIATOR in self.settings.separate_from or self.settings.same_as_initiator != ACT
        return self.apart | {self.initiator} if self.initiator and is_asker_apart else self.apart

    def _is_candidate(self, username: str) -> bool:
        """Whether the task was offered to the person or to a group of his; anybody is, when none of those may be given it any more."""
        named = {name for item in self.items for name in (item.username, item.first_owner) if name}
        groups = {group for item in self.items for group in (item.group_name, item.claimed_from) if group}
        members = {name for group in groups for name in self.company.members_of(group)}
        able = set(self.company.active(named | members)) - self.kept_out
        return username in able or not able


def receivers(session: Session, company: Organisation, tasks: Iterable[TaskOfCase]) -> list[Receivers]:
    """Of each of these tasks; one statement for what was done in all their trees, if any of them is kept apart from a step."""
    asked = [(task, case, items, settings_of(session, task)) for task, case, items in tasks]
    steps = [acted.apart_from(settings) for *_, settings in asked]
    roots = {case.root_key for (_task, case, *_), own in zip(asked, steps, strict=True) if own}
    done = acted.doers(session, roots, frozenset[str]().union(*steps)) if roots else {}
    return [
        Receivers(company, task, settings, items, case.initiator, _did(done, case.root_key, own))
        for (task, case, items, settings), own in zip(asked, steps, strict=True)
    ]


def settings_of(session: Session, task: UserTask) -> TaskSettings:
    """What the diagram says of the task's step."""
    return definitions.by_key(session, task.definition_key).tasks[task.element_id]


def _did(done: dict[acted.Step, set[str]], root: int, steps: Iterable[str]) -> frozenset[str]:
    return frozenset[str]().union(*(done.get((root, step), set()) for step in steps))
