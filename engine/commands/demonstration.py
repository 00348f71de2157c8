"""`banjie demo`: lets the demo companies' people sign in, and gives them customer records to work with."""

from __future__ import annotations

import argparse

from engine import environment
from engine.commands import opening
from engine.deploying import companies
from engine.people import passwords
from engine.records import demo as demo_records
from engine.storage import database
from engine.storage.database import Database

PASSWORD = "banjie-demo"


def demo(_arguments: argparse.Namespace, settings: environment.Settings) -> int:
    """Sets the demo password of people who have none, and stores the demo records once."""
    found = opening.opened(settings)
    for company in opening.companies():
        set_up(found, company)
    database.analyze(found)
    print(f"Everybody of the demo signs in with the password {PASSWORD}.")
    return 0


def set_up(database: Database, company: str) -> None:
    """One company's demo: passwords only where none was set, records only where there are none."""
    now = opening.clock()
    definition = companies.load(opening.WORKFLOWS / company / "company.toml")
    with database.transaction() as session:
        companies.apply(session, definition, now=now, password_hash=passwords.hash(PASSWORD))
    path = opening.WORKFLOWS / company / "records.toml"
    if path.exists():
        with database.transaction(company) as session:
            demo_records.store(session, company, companies.load_records(path), now=now)
