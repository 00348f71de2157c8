"""Groups that there are and in which nobody is: what goes to them reaches nobody."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from engine import runtime
from engine.basics import sayings
from engine.definitions import task_settings
from engine.deploying.checking.data import references
from engine.people.organisation import Organisation
from engine.problems import Problem

AT_STEP = "Nobody who can act is in the group “%(name)s”: this step reaches nobody."
AT_START = "Nobody who can act is in the groups that may start it (%(name)s): no case is ever started by hand."


def problems(program: runtime.Program, settings: Mapping[str, Any], company: Organisation) -> Iterator[Problem]:
    """Warnings at user tasks all of whose written groups are empty, and of `may_start`; `settings` is the workflow.toml."""
    for task in program.elements.values():
        if task.type == "userTask" and not task_settings.read(task.properties).empty:
            groups = _groups(task, company)
            if groups and not any(map(company.members_of, groups)):
                yield Problem(task.id, task.name, AT_STEP, {"name": sayings.joined(groups)}, "warning")
    may_start = [str(each) for each in settings.get("may_start") or () if each in company.groups]
    is_everybody = references.EVERYBODY in (settings.get("may_start") or ())
    if may_start and not is_everybody and not any(map(company.members_of, may_start)):
        yield Problem(program.process_id, program.name, AT_START, {"name": sayings.joined(may_start)}, "warning")


def _groups(task: runtime.Element, company: Organisation) -> list[str]:
    """The groups that a task is offered to, where it names nobody else and they are there."""
    if task.assignee or task.candidate_users:
        return []
    named = references.written(task.candidate_groups) if task.candidate_groups else [task.lane or ""]
    return named if all(each in company.groups for each in named) else []
