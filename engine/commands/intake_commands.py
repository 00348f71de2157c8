"""`banjie mail`: takes in what customers wrote to the companies' mailboxes."""

from __future__ import annotations

import argparse
import os
import sys

from engine import environment
from engine.commands import opening
from engine.intake.by_mail import polling


def take_mail(_arguments: argparse.Namespace, settings: environment.Settings) -> int:
    """Polls every company's mailbox once, by hand; 1 when one cannot be read. The worker does the same all the time."""
    polled = polling.poll(opening.opened(settings), os.environ, opening.clock)
    for each in polled:
        print(f"{each.company_id}: {each.refusal or f'{each.taken} messages'}", file=sys.stderr if each.refusal else sys.stdout)
    return 1 if any(each.refusal for each in polled) else 0
