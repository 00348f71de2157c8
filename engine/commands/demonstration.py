"""`banjie demo`: lets the demo companies' people sign in, and gives them customer records to work with.

A demo company says so in its company.toml (`demo = true`); the demo password is in the documentation, so nobody else may get it.
"""

from __future__ import annotations

import argparse
import contextlib
from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import environment, errors
from engine.commands import deploying, opening
from engine.deploying.company_files import companies
from engine.people import roles
from engine.people.credentials import passwords
from engine.records import demo as demo_records
from engine.scenarios.samples import lived
from engine.storage import database, installation
from engine.storage.database import Database
from engine.storage.models import Company, Person

PASSWORD = "banjie-demo"


def demo(arguments: argparse.Namespace, settings: environment.Settings) -> int:
    """Sets the demo up and plays `--cases` sample cases into companies that have none yet. Raises Conflict as `require` does."""
    set_up_all(settings)
    if arguments.cases:
        print("Sample cases are being made; this takes some seconds.", flush=True)
        _play(settings, arguments.cases)
    return 0


def _play(settings: environment.Settings, cases: int) -> None:
    """So many sample cases, shared among the demo companies."""
    there = demo_companies()
    with contextlib.closing(opening.opened(settings)) as store:
        for company in there:
            lived.fill(store, opening.WORKFLOWS / company, company, cases // len(there), now=opening.clock())
        database.analyze(store)


def set_up_all(settings: environment.Settings) -> None:
    """Deploys the demo companies, sets the demo password of people who have none, and stores the demo records once.

    Raises Conflict as `require` does.
    """
    require(settings)
    with contextlib.closing(opening.opened(settings)) as store:
        mark(store)
        for company in demo_companies():
            deploying.deploy_company(store, company)
            set_up(store, company)
        database.analyze(store)
    print(f"This is the demo. Everybody of it signs in with the password {PASSWORD}.")


def mark(store: Database) -> None:
    """Notes that this database is a demo, which pages say and only a demo may be given demo companies."""
    with store.transaction() as session:
        installation.keep(session, installation.DEMO, installation.YES)


def require(settings: environment.Settings, *, creates: bool = False) -> None:
    """Raises Conflict unless the database is empty or a demo; changes nothing in it, and needs no tables."""
    store = opening.joined(settings, creates=creates)
    try:
        if not _may_be_demo(store):
            raise errors.Conflict(
                "The database %(database)s is in real use and no demo, so `banjie run` and `banjie demo` leave it alone: the"
                " demo password is known to everybody. Please use `banjie serve` and `banjie worker`.",
                database=store.engine.url.render_as_string(hide_password=True),
            )
    finally:
        store.close()


def demo_companies() -> list[str]:
    """The ids of the companies whose company.toml says `demo = true`."""
    return [company for company in opening.companies() if definition_of(company).is_demo]


def definition_of(company: str) -> companies.CompanyDefinition:
    """A company's company.toml."""
    return companies.load(opening.WORKFLOWS / company / "company.toml")


def called(definition: companies.CompanyDefinition) -> Iterator[tuple[Mapping[str, Any], str]]:
    """The people of a company, each with the name, behind it the roles by which somebody sees more than his own work."""
    for person in definition.people:
        codes = [roles.ADMINISTRATOR] if person["is_administrator"] else []
        codes += [text.partition(":")[0] for text in person["roles"]]
        yield person, "，".join([person["name"], *(roles.ROLES[code].called.zh_Hans for code in codes)])


def set_up(database: Database, company: str) -> None:
    """One company's demo: passwords only where none was set, records only where there are none."""
    now = opening.clock()
    with database.transaction() as session:
        secret, source = passwords.hash(PASSWORD), deploying.own(company).mark
        companies.apply(session, definition_of(company), now=now, password_hash=secret, source=source)
    path = opening.WORKFLOWS / company / "records.toml"
    if path.exists():
        with database.transaction(company) as session:
            demo_records.store(session, company, companies.load_records(path), now=now)


def _may_be_demo(store: Database) -> bool:
    if Company.__tablename__ not in installation.tables(store):
        return True
    marked = installation.mark_of(store, installation.DEMO)
    if marked == installation.NO:
        return False  # set up by `banjie init` for real use, be it without a company yet
    with store.reading() as session:
        there = set(session.execute(select(Company.id)).scalars())
        return there <= set(demo_companies()) and (
            marked == installation.YES or all(_looks_like_demo(session, each) for each in there)
        )


def _looks_like_demo(session: Session, company: str) -> bool:
    """Whether a company set up before demos were marked is one: nobody was added, nobody chose a password of his own."""
    people = session.execute(select(Person.username, Person.password_hash).where(Person.company_id == company)).all()
    known = {person["username"] for person in definition_of(company).people}
    chosen = {person.password_hash for person in people} - {None}
    return {person.username for person in people} <= known and all(passwords.verify(each, PASSWORD) for each in chosen)
