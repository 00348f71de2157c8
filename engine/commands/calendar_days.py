"""`banjie calendar`: takes a year's official arrangement of holidays and make-up workdays from a file."""

from __future__ import annotations

import argparse
from pathlib import Path

from engine import environment, errors
from engine.commands import opening
from engine.deadlines import calendar_changes
from engine.people import actors


def take(arguments: argparse.Namespace, settings: environment.Settings) -> int:
    """Stores the days of a notice (JSON of holiday-cn, or CSV with date, is_workday, note) for all companies."""
    try:
        content = Path(arguments.file).read_bytes()
    except OSError as error:
        raise errors.Invalid("%(file)s: %(what)s", file=arguments.file, what=error.strerror) from error
    with opening.opened(settings).transaction() as session:
        done = calendar_changes.import_notice(session, actors.SYSTEM(""), arguments.calendar, content, now=opening.clock())
    print(
        f"The calendar {arguments.calendar} now holds the official days of {', '.join(map(str, done.years))}. Moved with it: {done.moved} deadlines and timers."
    )
    return 0
