"""`banjie export`: a company as the folder that `banjie deploy` reads."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from sqlalchemy.orm import Session

from engine import environment
from engine.commands import opening
from engine.deploying import exporting
from engine.reporting import shipped


def export(arguments: argparse.Namespace, settings: environment.Settings) -> int:
    """Writes a company's organisation, calendar, processes, forms, decisions and settings below a folder, for git."""
    store = opening.opened(settings)
    target = Path(arguments.folder).absolute()
    with store.reading() as session:
        made = whole(session, arguments.company)
    exporting.write(made, target)
    store.close()
    print(f"{arguments.company}: {len(made.files)} files in {target}. Deploy them with: banjie deploy {target}")
    for sentence in made.left:
        print(f"  {sentence}", file=sys.stderr)
    return 0


def whole(session: Session, company: str) -> exporting.Export:
    """A company's folder with the reports that came with it. Raises NotFound for an unknown company."""
    made = exporting.export(session, company)
    if reports := shipped.text(session, company):
        made.files[f"{exporting.WORKFLOWS}/{company}/{shipped.FILE}"] = reports.encode()
    return made
