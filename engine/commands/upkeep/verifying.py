"""`banjie verify`: whether histories, tables and logs are what they were when they were written and signed."""

from __future__ import annotations

import argparse

from sqlalchemy import func, select

from engine import environment
from engine.background import verification
from engine.commands import opening
from engine.files import file_checks
from engine.storage import models


def verify(arguments: argparse.Namespace, settings: environment.Settings) -> int:
    """Checks every case's history and the tables beside it, then all of it against the anchors; 1 when something differs.

    With `--files` every upload is read and held against its digest too.
    """
    database = opening.opened(settings)
    faulty = checked = last = 0
    with database.reading() as session:
        for key, number, fault in verification.cases(session):
            checked += key != last
            last = key
            if fault:
                faulty += 1
                print(f"{number}: {fault}")
        anchors = database.surroundings["anchors"]
        for fault in verification.anchored(session, anchors):
            faulty += 1
            print(fault)
        removed = session.execute(select(func.count()).select_from(models.RemovedCase)).scalar_one()
        for fault in file_checks.faults(session) if arguments.files else ():
            faulty += 1
            print(fault)
    newest = anchors.last()
    told = f"line {newest['n']} of {newest['at'][:10]}" if newest else "none yet"
    print(f"Anchors: {anchors.path}, the newest is {told}, signed with the key {anchors.public_key}.")
    print(f"{checked} cases checked, {faulty} faults found; {removed} were removed when their retention was over.")
    return 1 if faulty else 0
