"""`banjie export`: a company as the folder that `banjie deploy` reads."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from engine import environment
from engine.commands import opening
from engine.deploying import exporting
from engine.reporting import shipped


def export(arguments: argparse.Namespace, settings: environment.Settings) -> int:
    """Writes a company's organisation, calendar, processes, forms, decisions and settings below a folder, for git."""
    found = opening.opened(settings)
    target = Path(arguments.folder).absolute()
    with found.reading() as session:
        made = exporting.export(session, arguments.company)
        if reports := shipped.text(session, arguments.company):
            made.files[f"{exporting.WORKFLOWS}/{arguments.company}/{shipped.FILE}"] = reports.encode()
    exporting.write(made, target)
    found.close()
    print(f"{arguments.company}: {len(made.files)} files in {target}. Deploy them with: banjie deploy {target}")
    for sentence in made.left:
        print(f"  {sentence}", file=sys.stderr)
    return 0
