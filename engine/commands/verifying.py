"""`banjie verify`: recomputes every history chain."""

from __future__ import annotations

import argparse

from sqlalchemy import select

from engine import environment
from engine.cases import history
from engine.commands import opening
from engine.storage import models


def verify(_arguments: argparse.Namespace, settings: environment.Settings) -> int:
    """Checks the hash chain of every case's history; 1 when one has been changed."""
    faulty = checked = 0
    with opening.opened(settings).reading() as session:
        rows = select(models.ProcessInstance.key, models.ProcessInstance.number).order_by(models.ProcessInstance.key)
        for key, number in session.execute(rows).all():
            checked += 1
            for fault in history.verify(session, key):
                faulty += 1
                print(f"{number}: {fault}")
    print(f"{checked} cases checked, {faulty} faults found.")
    return 1 if faulty else 0
