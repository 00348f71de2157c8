"""`banjie retention`: removes finished cases whose time is over, or only lists them."""

from __future__ import annotations

import argparse

from sqlalchemy import select

from engine import environment
from engine.background import retention
from engine.commands import opening
from engine.storage.database import Database
from engine.storage.models import Company


def retain(arguments: argparse.Namespace, settings: environment.Settings) -> int:
    """Lists with `--dry-run` what would go and what stays, with the reason; else removes it, as the worker does daily."""
    database = opening.opened(settings)
    with database.reading() as session:
        companies = {each.id: retention.is_on(each) for each in session.execute(select(Company).order_by(Company.id)).scalars()}
    for company_id, is_on in companies.items():
        if arguments.dry_run:
            _list(database, company_id, is_on)
        elif is_on:
            _remove(database, company_id)
        else:
            print(f"{company_id}: nothing is removed; company.toml does not say [policy] retention = true.")
    return 0


def _list(database: Database, company_id: str, is_on: bool) -> None:
    after = going = staying = 0
    with database.reading() as session:
        while candidates := list(retention.due(session, company_id, after=after, now=opening.clock())):
            for each in candidates:
                told = f"stays: {each.stays}" if each.stays else "goes"
                print(
                    f"{company_id} {each.number} ({each.process_id}, ended {each.ended_at:%Y-%m-%d}, {each.retention}): {told}"
                )
                going, staying = going + (not each.stays), staying + bool(each.stays)
            after = candidates[-1].key
    when = "" if is_on else "; none as long as company.toml does not say [policy] retention = true"
    print(f"{company_id}: {going} would go, {staying} stay{when}.")


def _remove(database: Database, company_id: str) -> None:
    after = count = 0
    while True:
        with database.transaction() as session:
            gone, after = retention.remove(session, company_id, after=after, now=opening.clock())
        count += len(gone)
        if not after:
            break
    print(f"{company_id}: {count} removed.")
