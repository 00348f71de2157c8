"""The columns that lists of the inbox may show: their heads, and their values in a file."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext

from engine.queries.inbox import inbox, my_cases, told
from engine.verbs.sharing import list_layouts
from engine.verbs.sharing.list_layouts import Layout
from web.frame import lists, words
from web.frame.operations import acted_words
from web.frame.where import standing_words

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
    "by": lazy_gettext("From whom"),
    "text": lazy_gettext("What came with it"),
}
NAMES: Mapping[str, object] = {
    list_layouts.OPEN: lazy_gettext("Inbox"),
    list_layouts.DONE: lazy_gettext("Done by me"),
    list_layouts.STARTED: lazy_gettext("My cases"),
    list_layouts.COPIES: lazy_gettext("Copies to me"),
    list_layouts.CONSULTED: lazy_gettext("Asked of me"),
    list_layouts.FOLLOWED: lazy_gettext("Followed"),
}
ENDPOINTS: Mapping[str, str] = {
    list_layouts.OPEN: "inbox.open_tasks",
    list_layouts.DONE: "inbox.done",
    list_layouts.STARTED: "inbox.started_by_me",
    list_layouts.COPIES: "told.copies",
    list_layouts.CONSULTED: "told.consulted",
    list_layouts.FOLLOWED: "told.followed",
}
TOLD = (list_layouts.COPIES, list_layouts.CONSULTED, list_layouts.FOLLOWED)
IN_LINES = (list_layouts.OPEN, *TOLD)  # lists of two-line rows: nothing there is wide or narrow
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
    "where": lambda line: _("; ").join(where(line)),
    "state": lambda line: words.state(line.state, line.ended_as),
    "started": lambda line: line.started_at,
    "deadline": lambda line: line.due_at or line.standing.until,
    "ended": lambda line: line.ended_at,
    "by": lambda line: line.by,
    "text": lambda line: line.text,
}
WHEN_AND_STATE: tuple[tuple[object, Callable[[Any], Any]], ...] = (
    (lazy_gettext("When"), lambda line: line.at),
    (HEADS["state"], VALUES["state"]),
)
# What a list shows beside the title whatever a person chooses.
FIXED: Mapping[str, tuple[tuple[object, Callable[[Any], Any]], ...]] = {
    list_layouts.OPEN: (
        (lazy_gettext("Step"), lambda line: line.task_name),
        (lazy_gettext("Deadline"), lambda line: line.due_at),
    ),
    **dict.fromkeys(TOLD, WHEN_AND_STATE),
    list_layouts.FOLLOWED: (*WHEN_AND_STATE, (HEADS["deadline"], VALUES["deadline"])),
}


def where(line: my_cases.Started | my_cases.HandledTask | told.ToldCase) -> list[str]:
    """Where a case is now, as the list says it."""
    return standing_words.held(line.standing)


def file(layout: Layout, lines: Sequence[Any]) -> tuple[list[str], list[list[Any]]]:
    """Head and rows of a list as a file, by a person's own layout: what never moves on the page first."""
    fixed = FIXED.get(layout.name, ())
    head = [_("Title"), *(str(name) for name, _value in fixed), *(str(HEADS[each.name]) for each in layout.shown)]
    values = [*(value for _name, value in fixed), *(VALUES[each.name] for each in layout.shown)]
    return head, [[line.title, *(value(line) for value in values)] for line in lines]
