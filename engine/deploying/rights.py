"""Who may publish what: administrators everything, owners the next version of their processes, but nothing wider."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from engine import errors, feel, runtime
from engine.cases.rights import access
from engine.definitions import definitions, settings
from engine.definitions.definitions import Definition
from engine.deploying.checking.checks import Examined
from engine.people.actors import Actor
from engine.people.machines.scopes import DEPLOY
from engine.storage.models import ProcessDefinition

# Who reads every case, who publishes, what is listed of a case, what customers may file: an owner alone does not widen these.
GUARDED = ("managers", "visible_to", "owners", "register", "public", "second_release", "scenarios")
RECORDS = "records."  # operations that change customer records
SECOND = "A second person releases “%(process)s”: please change it in a draft and ask for the release."
SECOND_OF_FOLDER = "a second person releases it in the pages"


def require(session: Session, by: Actor, examined: Examined) -> None:
    """Refuses (Forbidden) to somebody who may not publish all of this.

    An owner publishes his processes with their forms and decisions; what belongs to no process is everybody's. A machine
    account that deploys for all processes publishes as an administrator made it to.
    """
    if by.is_administrator or (by.machine is not None and by.machine.has_all_of(DEPLOY)):
        return
    drawn = {
        program.process_id: (program, resource.settings_of(program.process_id))
        for resource in examined.resources
        for program in examined.programs.get(resource.name, ())
    }
    is_faulty = any(each.severity == "error" for each in examined.problems)
    if not drawn and is_faulty and access.may_draw(session, by):
        return  # refused by what is wrong with it, which an owner can mend
    if not drawn:
        raise errors.Forbidden("Only administrators may deploy.")
    for program, given in drawn.values():
        _require_one(session, by, program, given)


def wants_second(newest: object) -> bool:
    """Whether a version is one of a process that says that a second person releases the next one."""
    return isinstance(newest, ProcessDefinition) and settings.read(settings.own(newest.settings)).second_release


def changed(session: Session, before: Definition, given: Mapping[str, Any] | None) -> list[str]:
    """The guarded settings that differ from those of a version, by name; none where none were given."""
    if given is None:
        return []
    stored = session.get_one(ProcessDefinition, before.key).settings
    return [name for name in GUARDED if stored.get(name) != given.get(name)]


def record_operations(program: runtime.Program) -> set[tuple[str, str, str]]:
    """What a process does to customer records, or may do by an operation that an expression names: element, operation, and
    what it is given."""
    tasks = ((each, each.task_definition.type) for each in program.elements.values() if each.task_definition)
    named = ((each, type) for each, type in tasks if type.startswith(RECORDS) or feel.is_expression(type))
    return {(each.id, type, str(each.inputs)) for each, type in named}


def _require_one(session: Session, by: Actor, program: runtime.Program, given: Mapping[str, Any] | None) -> None:
    process_id = program.process_id
    try:
        newest = definitions.latest(session, by.company_id, process_id)
    except errors.NotFound:
        raise errors.Forbidden("A new process is published by an administrator.") from None
    if not access.owns(by, newest):
        raise errors.Forbidden("The process “%(process)s” is not yours to publish.", process=newest.title)
    if record_operations(program) != record_operations(newest.program):
        raise errors.Forbidden("This changes what the process does to customer records; that is published by an administrator.")
    if names := changed(session, newest, given):
        raise errors.Forbidden("This changes %(names)s; that is published by an administrator.", names=", ".join(names))
