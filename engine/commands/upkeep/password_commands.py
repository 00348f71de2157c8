"""`banjie password`: a way in for who has no password, or forgot it, when no administrator can hand one out."""

from __future__ import annotations

import argparse

from engine import environment
from engine.commands import opening
from engine.people import actors
from engine.people.credentials import password_codes
from engine.signing_in import second_factors
from engine.storage.database import Database


def invite(arguments: argparse.Namespace, settings: environment.Settings) -> int:
    """Prints a code with which the person sets a password, once, within three days. Raises NotFound for nobody of that name.

    With `--no-second-factor` a lost one is taken away, too: nobody else might be left who could.
    """
    store = opening.opened(settings)
    if arguments.no_second_factor:
        with store.transaction(arguments.company) as session:
            by = actors.SYSTEM(arguments.company)
            second_factors.reset(session, by, arguments.username, address="", now=opening.clock())
    tell_code(store, arguments.company, arguments.username)
    store.close()
    return 0


def tell_code(store: Database, company: str, username: str) -> None:
    """Makes a code and says how it is used."""
    with store.transaction(company) as session:
        code = password_codes.invite(session, actors.SYSTEM(company), username, now=opening.clock())
    print(f"{username} sets a password on the page /password/code with this code, once, within three days:\n\n  {code}\n")
