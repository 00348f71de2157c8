"""`banjie mail`: takes in what customers wrote to the companies' mailboxes."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import threading

from engine import environment
from engine.commands import opening
from engine.intake import polling


def take_mail(arguments: argparse.Namespace, settings: environment.Settings) -> int:
    """Polls every company's mailbox once, or every so many seconds until it is told to stop; 1 when one cannot be read."""
    database = opening.opened(settings)
    if arguments.every:
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        polling.poll_forever(database, os.environ, opening.clock, arguments.every, stop)
        return 0
    polled = polling.poll(database, os.environ, opening.clock)
    for each in polled:
        print(f"{each.company_id}: {each.refusal or f'{each.taken} messages'}", file=sys.stderr if each.refusal else sys.stdout)
    return 1 if any(each.refusal for each in polled) else 0
