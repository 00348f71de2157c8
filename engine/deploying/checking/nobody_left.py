"""What a rule of four eyes leaves to nobody: steps whose only candidate may be who did what they are kept apart from, releases."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any

from engine import runtime
from engine.definitions import task_settings
from engine.deploying.checking.data import references
from engine.people.organisation import Organisation
from engine.problems import Problem

AFTER_STEP = "Only %(person)s can do this step; if the same person does “%(step)s”, nobody is left."
AFTER_START = "Only %(person)s can do this step, and nobody else may start the case: nobody is left."

ALONE = (
    "second_release asks for a second person, but only %(person)s publishes here: make somebody else an owner of this process "
    "or an administrator, or no new version is ever released."
)


def problems(
    program: runtime.Program, settings: Mapping[str, Any], company: Organisation, owners: Callable[[str], Collection[str]]
) -> Iterator[Problem]:
    """Warnings at user tasks with separate_from, and of second_release; `settings` is the workflow.toml of the process,
    `owners` says who owns a process by a role.

    Only people and groups that are written out are known, and a task that says who stands in (empty) is left alone.
    """
    publishers = _publishers(settings, company, owners(program.process_id)) if settings.get("second_release") else None
    if publishers is not None and len(publishers) < 2:
        alone: dict[str, object] = {"person": company.name_of(next(iter(publishers), "")) or "—"}
        yield Problem(program.process_id, program.name, ALONE, alone, "warning")
    for task in program.elements.values():
        given = task_settings.read(task.properties)
        mine = _candidates(task, company) if task.type == "userTask" and not given.empty else ()
        if len(mine) != 1:
            continue
        told: dict[str, object] = {"person": company.name_of(mine[0])}
        for name in given.separate_from:
            other = program.elements.get(name)
            if name == references.INITIATOR and _starters(settings, company) == mine:
                yield Problem(task.id, task.name, AFTER_START, told, "warning")
            elif other is not None and mine[0] in _candidates(other, company):
                yield Problem(task.id, task.name, AFTER_STEP, {**told, "step": other.name or name}, "warning")


def _candidates(task: runtime.Element, company: Organisation) -> tuple[str, ...]:
    """Who can do a task, as far as that is written out; nobody where an expression says it."""
    given = (task.assignee, task.candidate_users, task.candidate_groups)
    if not any(given):
        return company.members_of(task.lane or "")
    assignee, users, groups = map(references.written, given)
    if any(text and not names for text, names in zip(given, (assignee, users, groups), strict=True)):
        return ()
    return company.active([*assignee, *users, *(member for group in groups for member in company.members_of(group))])


def _publishers(settings: Mapping[str, Any], company: Organisation, by_role: Collection[str]) -> tuple[str, ...]:
    """Administrators and the owners of the process, by its setting and by their role."""
    members = (name for group in settings.get("owners") or () for name in company.members_of(str(group)))
    return tuple(dict.fromkeys(company.active([*company.administrators, *by_role, *members])))


def _starters(settings: Mapping[str, Any], company: Organisation) -> tuple[str, ...]:
    groups = settings.get("may_start") or ()
    if references.EVERYBODY in groups:
        return company.active(company.people)
    return company.active(member for group in groups for member in company.members_of(group))
