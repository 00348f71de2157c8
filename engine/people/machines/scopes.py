"""What a machine account may be given: operations of the API by scope, within all processes or some."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from engine.people import roles

READ_CASES = "cases:read"
START_CASES = "cases:start"
STEER_CASES = "cases:steer"
WORK_JOBS = "jobs:work"
SEND_MESSAGES = "messages:send"
RESOLVE_INCIDENTS = "incidents:resolve"
READ_PROCESSES = "processes:read"
DEPLOY = "processes:deploy"
DECIDE = "decisions:evaluate"
READ_PEOPLE = "people:read"
WRITE_PEOPLE = "people:write"
PREFIX = "machine~"  # no username holds a tilde


@dataclass(frozen=True)
class MachineScope:
    """One scope. `of_processes`: it is given within some processes or all; else it is about the whole company."""

    name: str
    of_processes: bool = True


SCOPES: Mapping[str, MachineScope] = MappingProxyType(
    {
        scope.name: scope
        for scope in (
            MachineScope(READ_CASES),
            MachineScope(START_CASES),
            MachineScope(STEER_CASES),
            MachineScope(WORK_JOBS),
            MachineScope(RESOLVE_INCIDENTS),
            MachineScope(READ_PROCESSES),
            MachineScope(DEPLOY),
            MachineScope(SEND_MESSAGES, of_processes=False),
            MachineScope(DECIDE, of_processes=False),
            MachineScope(READ_PEOPLE, of_processes=False),
            MachineScope(WRITE_PEOPLE, of_processes=False),
        )
    }
)
PEOPLE = frozenset((READ_PEOPLE, WRITE_PEOPLE))


@dataclass(frozen=True)
class Machine:
    """What an actor that is a machine account may do; `processes` None for all, `made_by` the username of who answers for it.

    `lost` are scopes that it was given and that he who answers for it may no longer give; `is_of_administrator`: he administers.
    """

    key: int
    scopes: frozenset[str]
    processes: frozenset[str] | None
    made_by: str
    lost: frozenset[str] = frozenset()
    is_of_administrator: bool = False

    def covers(self, process_id: str) -> bool:
        """Whether the process is one of those that the account is for."""
        return self.processes is None or process_id in self.processes

    def has_all_of(self, scope: str) -> bool:
        """Whether it has the scope for all processes."""
        return scope in self.scopes and self.processes is None

    @property
    def is_about_processes(self) -> bool:
        """Whether any scope is about processes and their cases."""
        return any(SCOPES[scope].of_processes for scope in self.scopes)


@dataclass(frozen=True)
class Giver:
    """Who answers for an account: what he may give it now. Without anything for somebody who left."""

    is_administrator: bool = False
    roles: frozenset[tuple[str, str]] = frozenset()

    def may_give(self, scope: str, processes: Iterable[str] | None) -> bool:
        """Whether the scope, within these processes or all (None), is his: nobody gets by an account what he has not.

        An administrator gives everything; who runs the organisation, rights over people; an owner, over his processes.
        """
        if self.is_administrator:
            return True
        if scope in PEOPLE:
            return (roles.ORGANISATION, roles.EVERYTHING) in self.roles
        owned = {of for code, of in self.roles if code == roles.OWNER}
        if processes is None or not SCOPES[scope].of_processes:
            return False
        return roles.EVERYTHING in owned or owned.issuperset(processes)


def username(key: int) -> str:
    """What stands where a person's username would: as initiator, in history and logs."""
    return f"{PREFIX}{key}"


def known(names: Iterable[str]) -> frozenset[str]:
    """Those of the names that are scopes; one that a newer version knew opens nothing."""
    return frozenset(names) & SCOPES.keys()
