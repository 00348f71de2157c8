"""Why somebody sees a page of managers, and what is expected of him there: one sentence under its title."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import flask
from flask_babel import gettext as _
from flask_babel import lazy_gettext, ngettext
from markupsafe import Markup

from engine.people import roles
from engine.queries.status.incident_list import IncidentLine
from engine.queries.status.open_tasks import TaskLine
from engine.queries.status.reach import Reach
from engine.queries.status.today import Today
from engine.queries.status.workload import Workload
from web.frame import filters

FEW = 1  # names that are told one by one
ALWAYS = {  # of pages that ask the same whatever they show
    "monitor.process": lazy_gettext("See at which step its cases wait; click a figure to see the cases and act on them."),
    "insight.show": lazy_gettext("You see at which step time is lost; a figure leads to the cases behind it."),
    "reports.index": lazy_gettext("A report counts the cases that you may see; open one to read it, or make one of your own."),
    "reports.show": lazy_gettext("This report counts the cases that you may see; a figure leads to them where it can."),
    "registers.index": lazy_gettext("A register lists cases line by line; choose one to search, add up or print."),
    "registers.show": lazy_gettext("This register lists cases line by line; you can search, add up, print and export."),
    "records.registers": lazy_gettext("Processes enter lines here that nobody can change or remove; you can look things up."),
    "operating.index": lazy_gettext(
        "Here you act on many cases at once: press “Act on many cases”. What was done is listed below, case by case."
    ),
    **dict.fromkeys(
        ("operating.new", "operating.order"),
        lazy_gettext("Preview first: you see what would happen to each case before anything is done."),
    ),
    **dict.fromkeys(
        ("spreading.show", "spreading.preview", "spreading.move"),
        lazy_gettext(
            "A proposal: what is unclaimed or piled up goes to whoever may do it and has least. Nothing moves until you confirm below."
        ),
    ),
    **dict.fromkeys(
        ("batches.reassignment", "batches.reassign"),
        lazy_gettext("All open tasks that one person holds go to another, for example when he or she leaves."),
    ),
    "operating.by_cause": lazy_gettext("What stopped is listed by cause: fix the cause once, then retry all of it."),
    "given_up.show": lazy_gettext("The system tried these several times in vain; see why, then retry or settle them by hand."),
    "operating.worker": lazy_gettext("Here you see whether the system does its work in the background."),
    "history.show": lazy_gettext("Here you see how much of what is past is kept, and until when."),
}
LOOKING = {  # of lists, to who may only look
    "today.tasks": lazy_gettext("You see who has what, and until when."),
    "today.loads": lazy_gettext("You see who carries what, and what of it is late."),
    "monitor.overview": lazy_gettext("Open a process to see at which step its cases wait."),
    "monitor.cases": lazy_gettext("You find any case here and see where it is."),
    "deadlines.show": lazy_gettext("You see at which processes and steps time is lost."),
}


def told(reach: Reach, shown: Any) -> str:
    """The sentence of the page that is open; "" where there is nothing to look at, which the page says itself.

    `shown` is what the page shows: the figures of Today, the rows of a list, or None where it always asks the same.
    """
    what = _asked(reach, shown)
    if what and isinstance(shown, Today):  # what is asked comes first, as what he is told so after it
        return Markup("<strong>{}</strong> {}").format(what, _("%(who)s.", who=as_whom(reach)))
    return _("%(who)s. %(what)s", who=as_whom(reach), what=what) if what else ""


def as_whom(reach: Reach) -> str:
    """By which of his rights somebody sees what stands here."""
    return _("You %(rights)s", rights=_(" and also ").join(_rights(reach)) or _("may see what stands here"))


def _rights(reach: Reach) -> list[str]:
    whole = {
        roles.ADMINISTRATOR: _("are an administrator"),
        roles.AUDITOR: _("are the auditor"),
        roles.MANAGER: _("lead the whole company"),
    }
    if reach.role in (roles.ADMINISTRATOR, roles.AUDITOR):
        return [whole[reach.role]]
    return [*([whole[reach.role]] if reach.role else []), *_single(reach)]


def _single(reach: Reach) -> Iterator[str]:
    if reach.departments:
        yield _("lead %(departments)s", departments=_named(reach.departments, _departments))
    if reach.managed:
        yield _("manage %(processes)s", processes=_named(_quoted(reach.managed), _processes))
    if reach.followed:
        yield _("may look into %(processes)s", processes=_named(_quoted(reach.followed), _processes))
    if reach.operates:
        yield _("are an operator")


def _named(names: tuple[str, ...], counted: Callable[[int], str]) -> str:
    return filters.listed(names) if len(names) <= FEW else counted(len(names))


def _quoted(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(_("“%(name)s”", name=each) for each in names)


def _departments(count: int) -> str:
    return ngettext("%(num)s department", "%(num)s departments", count)


def _processes(count: int) -> str:
    return ngettext("%(num)s process", "%(num)s processes", count)


def _asked(reach: Reach, shown: Any) -> str:
    """What is expected on the page that is open."""
    endpoint = flask.request.endpoint or ""
    if isinstance(shown, Today):
        return _of_today(reach, shown)
    if endpoint in ALWAYS:
        return str(ALWAYS[endpoint])
    if endpoint == "incidents.index":
        return _of_incidents(reach, shown or ())
    if shown is not None and not shown:
        return ""
    if endpoint == "today.tasks" and _may_urge(shown or ()):
        return _("Do what is yours; urge whoever else is late, or reassign.")
    if isinstance(shown, Workload) and reach.steers:
        return _of_workload(shown)
    return str(LOOKING.get(endpoint, ""))


def _of_workload(load: Workload) -> str:
    waiting = sum(each.open for each in load.groups)
    if any(each.open for each in load.people):
        return _("Move some work from those who have too much to others.")
    if waiting:
        return _("%(n)s tasks are unclaimed; you can assign them to people.", n=waiting)
    return _("Nobody has anything open.")


def _may_urge(lines: Iterable[TaskLine]) -> bool:
    """Whether the rows that are shown let him urge or hand out anything: rights differ by process, and by who has the task."""
    return any("urge" in each.acts or "assign" in each.acts for each in lines)


def _of_incidents(reach: Reach, lines: Iterable[IncidentLine]) -> str:
    unresolved = [each for each in lines if each.state == "open"]
    if not unresolved:
        return _("None of the cases that you may see has stopped; there is nothing to do.")
    if reach.operates or any(each.may_try for each in unresolved):
        return _("These cases have stopped: fix the cause at once, then retry.")
    return _("These cases have stopped; whoever manages their process puts them right.")


def _of_today(reach: Reach, today: Today) -> str:
    if today.is_quiet:
        return ""
    if today.stopped and reach.mends_some:
        mends = reach.mends_all or (len(today.halted) == today.stopped and all(each.may_try for each in today.halted))
        if mends:
            return _("Please put right at once what has stopped (%(n)s).", n=filters.counted(today.stopped))
        return _("Please see at once to what has stopped (%(n)s).", n=filters.counted(today.stopped))
    if today.overdue:
        return _late(reach, today)
    if today.due_today:
        return _due_today(today)
    if today.stopped:
        return _(
            "Nothing is late; what has stopped (%(n)s) is put right by who manages its process.",
            n=filters.counted(today.stopped),
        )
    return _("Nothing is late or due today; no need to act.")


def _late(reach: Reach, today: Today) -> str:
    """How many are late, and with which the reader begins, by what he may do about it; else who sees to them."""
    count, counted = today.overdue, filters.counted(today.overdue)
    if reach.role == roles.AUDITOR:
        return ngettext(
            "%(n)s task is late; you only look, others act.",
            "%(n)s tasks are late; you only look, others act.",
            count,
            n=counted,
        )
    late = list(today.by_limit)
    first = next((each for each in late if {"open", "urge", "assign"} & {*each.acts}), None)
    if first is not None or (late and (reach.departments or reach.managed or reach.role)):
        return _begin_with(first or late[0], count, counted)
    return ngettext(
        "%(n)s task is late; who manages the process sees to it.",
        "%(n)s tasks are late; who manages the process sees to them.",
        count,
        n=counted,
    )


def _begin_with(first: TaskLine, count: int, counted: int | str) -> str:
    said = {"n": counted, "step": first.place.name, "who": filters.people(first.place.held_by) or _("nobody")}
    if "open" in first.acts:
        return ngettext("%(n)s task is late; do “%(step)s” first.", "%(n)s tasks are late; do “%(step)s” first.", count, **said)
    if "urge" in first.acts:
        return ngettext(
            "%(n)s task is late; urge “%(step)s” first (%(who)s).",
            "%(n)s tasks are late; urge “%(step)s” first (%(who)s).",
            count,
            **said,
        )
    if "assign" in first.acts:
        return ngettext(
            "%(n)s task is late; reassign “%(step)s” first (%(who)s).",
            "%(n)s tasks are late; reassign “%(step)s” first (%(who)s).",
            count,
            **said,
        )
    return ngettext(
        "%(n)s task is late; talk about “%(step)s” first (%(who)s).",
        "%(n)s tasks are late; talk about “%(step)s” first (%(who)s).",
        count,
        **said,
    )


def _due_today(today: Today) -> str:
    said = {"n": filters.counted(today.due_today), "step": next((each.place.name for each in today.by_limit), "")}
    return ngettext(
        "Nothing is late; %(n)s task is due today, first “%(step)s”.",
        "Nothing is late; %(n)s tasks are due today, first “%(step)s”.",
        today.due_today,
        **said,
    )
