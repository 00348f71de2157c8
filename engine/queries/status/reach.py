"""As what somebody looks at the pages of managers: the roles and rights by which these cases are shown to him."""

from __future__ import annotations

from dataclasses import dataclass, replace

from sqlalchemy.orm import Session

from engine.cases.rights import access
from engine.people import organisation, roles
from engine.people.actors import Actor


@dataclass(frozen=True)
class Reach:
    """`role` is the one by which every case is open to him, "" where none is; the other rights are then not told one by one.

    `departments` are those that he was given, by name; `managed` and `followed` (looked into, no more) are processes by title.
    """

    role: str = ""
    operates: bool = False
    departments: tuple[str, ...] = ()
    managed: tuple[str, ...] = ()
    followed: tuple[str, ...] = ()

    def of(self, process: str) -> Reach:
        """The same at the cases of one process, by title."""
        managed, followed = (tuple(each for each in names if each == process) for names in (self.managed, self.followed))
        return replace(self, managed=managed, followed=followed)

    @property
    def steers(self) -> bool:
        """Whether he may urge, give work to others and put right what stopped, in some of these cases."""
        return self.role == roles.ADMINISTRATOR or bool(self.managed)

    @property
    def mends_all(self) -> bool:
        """Whether he may put right whatever stopped in the cases that he sees."""
        return self.operates or bool(self.managed and not self.followed and not self.departments and not self.role)

    @property
    def mends_some(self) -> bool:
        """Whether he may do so in some of them."""
        return self.operates or self.steers


def reach_of(session: Session, by: Actor) -> Reach:
    """What this person's rights are here; one statement, where the session has not asked for the processes before."""
    if by.is_administrator or by.is_auditor:
        return Reach(roles.ADMINISTRATOR if by.is_administrator else roles.AUDITOR, operates=by.is_administrator)
    company = organisation.at_version(session, by.company_id, by.organisation_version)
    newest = access.newest(session, by.company_id)
    managed = tuple(each.title for each in newest if access.manages(by, each))
    if by.reads_all:
        return Reach(roles.MANAGER, by.operates, (), managed)
    given = sorted(by.scopes(roles.MANAGER))
    followed = tuple(each.title for each in newest if access.follows(by, each) and not access.manages(by, each))
    return Reach("", by.operates, tuple(company.unit_called(id) for id in given), managed, followed)
