"""The columns that lists of the inbox may show: their heads, and their values in a file."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext

from engine.queries.inbox import inbox, my_cases
from engine.verbs.sharing import list_layouts
from engine.verbs.sharing.list_layouts import Layout
from web.frame import lists, words
from web.frame.operations import acted_words

HEADS: Mapping[str, object] = {
    "values": lazy_gettext("Its summary"),
    "number": lazy_gettext("Number"),
    "process": lazy_gettext("Process"),
    "previous": lazy_gettext("Handled before by"),
    "initiator": lazy_gettext("Initiator"),
    "arrived": lazy_gettext("Arrived"),
    "step": lazy_gettext("My step"),
    "handled": lazy_gettext("Handled"),
    "where": lazy_gettext("Where it is now"),
    "state": lazy_gettext("State"),
    "started": lazy_gettext("Started"),
    "deadline": lazy_gettext("Deadline"),
    "ended": lazy_gettext("Ended"),
}
NAMES: Mapping[str, object] = {
    list_layouts.OPEN: lazy_gettext("Inbox"),
    list_layouts.DONE: lazy_gettext("Done by me"),
    list_layouts.STARTED: lazy_gettext("Started by me"),
}
ENDPOINTS: Mapping[str, str] = {
    list_layouts.OPEN: "inbox.open_tasks",
    list_layouts.DONE: "inbox.done",
    list_layouts.STARTED: "inbox.started_by_me",
}
WIDTHS: Mapping[str, object] = {
    "narrow": lazy_gettext("narrow"),
    "normal": lazy_gettext("usual width"),
    "wide": lazy_gettext("wide"),
}
VALUES: Mapping[str, Callable[[Any], Any]] = {
    "values": lambda line: " · ".join(lists.key_values(line, most=5, longest=200)),
    "number": lambda line: line.number,
    "process": lambda line: line.process_name,
    "previous": lambda line: line.previous,
    "initiator": lambda line: line.initiator_name if isinstance(line, inbox.InboxLine) else line.initiator,
    "arrived": lambda line: line.arrived_at,
    "step": lambda line: " · ".join(each for each in (line.task_name, str(acted_words.done(line) or "")) if each),
    "handled": lambda line: line.done_at,
    "where": lambda line: "; ".join(where(line)),
    "state": lambda line: words.state(line.state, line.ended_as),
    "started": lambda line: line.started_at,
    "deadline": lambda line: line.due_at,
    "ended": lambda line: line.ended_at,
}


def where(line: my_cases.Started | my_cases.Done) -> list[str]:
    """Where a case is now, as the list says it."""
    held = [f"{place.name} {place.held_by}" for place in line.standing.places]
    return held + [words.wait(each) for each in line.standing.waits]


def file(layout: Layout, lines: Sequence[Any]) -> tuple[list[str], list[list[Any]]]:
    """Head and rows of a list as a file, by a person's own layout: what never moves on the page first."""
    is_open = layout.name == list_layouts.OPEN
    head = [_("Title"), *([_("Step"), _("Deadline")] if is_open else []), *(str(HEADS[each.name]) for each in layout.shown)]
    rows = [
        [line.title, *([line.task_name, line.due_at] if is_open else []), *(VALUES[each.name](line) for each in layout.shown)]
        for line in lines
    ]
    return head, rows
