"""What the settings of a process are called."""

from __future__ import annotations

from flask_babel import lazy_gettext

LABELS = {
    "title": lazy_gettext("What people call it"),
    "category": lazy_gettext("Category"),
    "description": lazy_gettext("A sentence on it"),
    "may_start": lazy_gettext("Who may start it"),
    "managers": lazy_gettext("Managers"),
    "owners": lazy_gettext("Who draws and publishes it"),
    "visible_to": lazy_gettext("Who may read every case"),
    "scenarios": lazy_gettext("When its scenarios do not prove it"),
    "second_release": lazy_gettext("A second person releases new versions"),
    "initiator_may_cancel": lazy_gettext("The initiator may cancel"),
    "number": lazy_gettext("Number of a case"),
    "title_of_case": lazy_gettext("Title of a case"),
    "summary": lazy_gettext("Summary of a case (at most five)"),
    "searched": lazy_gettext("What else a case is found by, one =FEEL a line"),
    "register": lazy_gettext("Columns of the register"),
    "paper": lazy_gettext("Papers printed from a case"),
    "public": lazy_gettext("Public page"),
    "retention": lazy_gettext("How long a finished case is kept"),
    "due": lazy_gettext("Deadline of the whole case"),
    "warn": lazy_gettext("Warning before that"),
    "calendar": lazy_gettext("Working calendar"),
}

CHOICES = {
    "": lazy_gettext("as the company says"),
    "warn": lazy_gettext("tell it and publish"),
    "forbid": lazy_gettext("do not publish"),
}
