"""The stage of a draft: the company as it is now, the draft and what it calls, in memory; nothing leads back from it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Table, and_, func, insert, select
from sqlalchemy.orm import Session

from engine import feel, runtime
from engine.calendar import calendars
from engine.definitions import definitions
from engine.deploying import deployment
from engine.deploying.checking import checks
from engine.deploying.deployment import Examined
from engine.designing import packages
from engine.designing.packages import Package
from engine.people import actors
from engine.people.actors import Actor
from engine.scenarios.stage import Stage
from engine.storage import database as databases
from engine.storage import models
from engine.verbs.running import start_events

# Who there is and who decides; neither cases, records and files, nor channels and secrets.
COMPANY_TABLES: tuple[Any, ...] = (
    models.Department,
    models.Person,
    models.CandidateGroup,
    models.GroupRule,
    models.FormerName,
    models.Membership,
    models.Post,
    models.PostHolder,
    models.RoleGrant,
    models.Deputy,
    models.WorkingCalendar,
)
CATCHING = ("startEvent", "intermediateCatchEvent", "boundaryEvent", "receiveTask")  # what waits for a message
HIDDEN = {"password_hash": None, "email": None, "mobile": None, "external_id": None}
Copied = list[tuple[Table, list[dict[str, Any]]]]
_COMPANY = models.metadata.tables[models.Company.__tablename__]


@dataclass(frozen=True)
class Furniture:
    """What a draft's stage is furnished with, read from the real database in one go: rows by table, and the draft."""

    company: str
    process_id: str
    rows: Copied
    examined: Examined


def furniture(
    session: Session,
    by: Actor,
    process_id: str,
    package: Package,
    beside: Collection[str] = (),
    sent: Collection[str] = (),
) -> Furniture:
    """Reads what the draft of a process needs to run, `beside` other processes of these ids and what messages `sent` start.

    Raises Invalid, TooLarge for a package that is none.
    """
    packages.require_sound(package)
    examined = checks.examine(package.resources())
    own = {program.process_id for program in examined.every_program}
    called = _called(session, by, examined, own, {*beside, *_begun(session, by, set(sent))})
    return Furniture(by.company_id, process_id, [*_organisation(session, by), *called], examined)


class DraftStage(Stage):
    """A company in memory with one draft deployed; the clock stands at `now`.

    Raises DeploymentRefused with the draft's problems.
    """

    def __init__(self, given: Furniture, now: datetime) -> None:
        # No number of a node is taken from it: this process makes the keys of the real database too.
        self._set_up(given.company, databases.in_memory(), now)
        try:
            self._furnish(given)
            self._keep_beginning()
            self.reset(now, {given.process_id})
        except BaseException:
            self.close()
            raise

    def _furnish(self, given: Furniture) -> None:
        with self.database.transaction() as session:
            for table, rows in given.rows:
                if rows:
                    session.execute(insert(table), rows)
        with self.database.transaction(self.company) as session:
            for each in list(definitions.all_latest(session, self.company)):  # the message of one process may start another
                start_events.renew(session, each, each.program, now=self.now)
        with self.database.transaction(self.company) as session:
            deployment.deploy(session, actors.SYSTEM(self.company), given.examined, now=self.now)


def _organisation(session: Session, by: Actor) -> Copied:
    company = session.execute(select(_COMPANY).where(models.Company.id == by.company_id)).mappings().one()
    rows = [_rows(session, model, model.company_id == by.company_id) for model in COMPANY_TABLES]
    base = company["calendar"]
    own = calendars.of_company(base, by.company_id)
    names = {base, own, calendars.by_hand(own), calendars.by_hand(base), calendars.country_of(base).lower()}
    for row in rows[-1][1]:
        more = row["holidays"]
        names |= {more, calendars.of_company(more, by.company_id), calendars.of_key(row["key"])}
    days = [_rows(session, model, model.calendar.in_(names)) for model in (models.CalendarDay, models.CalendarYear)]
    return [(_COMPANY, [dict(company)]), *rows, *days]


def _called(session: Session, by: Actor, examined: Examined, own: set[str], beside: Collection[str]) -> Copied:
    """The newest versions of the processes called, over all levels, with the forms and decisions that there are to refer to."""
    process, form, decision = models.ProcessDefinition, models.FormDefinition, models.DecisionDefinition
    keys = _called_keys(session, by, examined.every_program, own, beside)
    called = _rows(session, process, process.key.in_(keys))
    bound = [row["settings"] for row in called[1]]
    forms = {key for each in bound for key in each.get("forms", {}).values()} | _newest(session, by, form, form.form_id)
    rules = {key for each in bound for key in each.get("decisions", {}).values()}
    rules |= _newest(session, by, decision, decision.decision_id)
    parts = [_rows(session, form, form.key.in_(forms)), _rows(session, decision, decision.key.in_(rules)), called]
    deployments = {row["deployment_key"] for _table, rows in parts for row in rows}
    return [_rows(session, models.Deployment, models.Deployment.key.in_(deployments)), *parts]


def _called_keys(
    session: Session, by: Actor, programs: list[runtime.Program], own: set[str], beside: Collection[str]
) -> set[int]:
    keys: dict[str, int] = {}
    wanted = set(beside)
    while programs or wanted:
        if programs:
            wanted |= _follow(session, by, programs.pop())
        for process_id in wanted - own - keys.keys() - {""}:
            row = packages.newest(session, by.company_id, process_id)
            if row is not None:
                keys[process_id] = row.key
                programs.append(definitions.by_key(session, row.key).program)
        wanted = set()
    return set(keys.values())


def _follow(session: Session, by: Actor, program: runtime.Program) -> set[str]:
    """The processes that a program calls, and those that begin with a message it may throw; where only a case knows whom it
    calls, all of them."""
    called = {each.called_process_id for each in program.elements.values() if each.called_process_id}
    if any(map(feel.is_expression, called)):
        called |= {each.process_id for each in definitions.all_latest(session, by.company_id)}
    thrown = {each.message.name for each in program.elements.values() if each.message and each.type not in CATCHING}
    return called | _begun(session, by, thrown)


def _begun(session: Session, by: Actor, messages: set[str]) -> set[str]:
    """The processes in use that begin with one of these messages or signals."""
    if not messages:
        return set()
    published = definitions.all_latest(session, by.company_id, in_use=True)
    starts = [(each.process_id, start) for each in published for start in each.program.start_events]
    return {process_id for process_id, start in starts if {start.message_name, start.signal_name} & messages}


def _newest(session: Session, by: Actor, model: Any, name: Any) -> set[int]:
    newest = select(name, func.max(model.version).label("version")).where(model.company_id == by.company_id).group_by(name)
    last = newest.subquery()
    same = and_(name == last.c[0], model.version == last.c.version)
    return set(session.execute(select(model.key).join(last, same).where(model.company_id == by.company_id)).scalars())


def _rows(session: Session, model: Any, *conditions: Any) -> tuple[Table, list[dict[str, Any]]]:
    table: Table = model.__table__
    return table, [_without_secrets(row) for row in session.execute(select(table).where(*conditions)).mappings()]


def _without_secrets(row: Mapping[Any, Any]) -> dict[str, Any]:
    return {name: HIDDEN.get(name, value) for name, value in row.items()}
