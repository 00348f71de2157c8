"""What the settings of a process are called."""

from __future__ import annotations

from flask_babel import lazy_gettext

from engine import errors
from web.frame import filters

LABELS = {
    "title": lazy_gettext("Process name"),
    "category": lazy_gettext("Category"),
    "description": lazy_gettext("Short description"),
    "may_start": lazy_gettext("Who may start it"),
    "managers": lazy_gettext("Managers"),
    "owners": lazy_gettext("Who draws and publishes it"),
    "visible_to": lazy_gettext("Who may read every case"),
    "scenarios": lazy_gettext("When its scenarios do not prove it"),
    "second_release": lazy_gettext("A second person releases new versions"),
    "initiator_may_cancel": lazy_gettext("The initiator may cancel"),
    "secrecy": lazy_gettext("Level of secrecy"),
    "order": lazy_gettext("Place in lists"),
    "number": lazy_gettext("Number of a case"),
    "title_of_case": lazy_gettext("Title of a case"),
    "summary": lazy_gettext("Summary of a case (at most five)"),
    "searched": lazy_gettext("What else a case is found by, one =FEEL a line"),
    "register": lazy_gettext("Columns of the register"),
    "texts": lazy_gettext("Texts in other languages"),
    "paper": lazy_gettext("Papers printed from a case"),
    "public": lazy_gettext("Public page"),
    "retention": lazy_gettext("How long a finished case is kept"),
    "due": lazy_gettext("Deadline of the whole case"),
    "warn": lazy_gettext("Warning before that"),
    "calendar": lazy_gettext("Working calendar"),
}

WITHIN = {
    "public.steps": lazy_gettext("What steps are called on the public page"),
    "public.ends": lazy_gettext("What ends are called on the public page"),
}

CHOICES = {
    "": lazy_gettext("as the company says"),
    "warn": lazy_gettext("tell it and publish"),
    "forbid": lazy_gettext("do not publish"),
}

HINTS = {
    "may_start": lazy_gettext("Separate several groups with commas."),
    "scenarios": lazy_gettext("Where one ends otherwise than it says, or a sequence flow is taken by none."),
    "number": lazy_gettext("Given at the start and never twice. {seq:04} counts, {year}, {month} and {date} are of that day."),
    "order": lazy_gettext("A smaller number comes first; unsaid, 100."),
}


def named(refusal: errors.Refusal | None) -> errors.Refusal | None:
    """A refusal that names settings, with what pages call them."""
    names = refusal.values.get("names") if refusal is not None else None
    if refusal is None or not isinstance(names, str):
        return refusal
    said = filters.listed(str(LABELS.get(each, each)) for each in names.split(", "))
    return errors.Refusal(refusal.text, None, **{**refusal.values, "names": said})
