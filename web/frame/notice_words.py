"""Kinds of notices and how they reach people, in the reader's language."""

from __future__ import annotations

from flask_babel import gettext as _

from engine.announcing.kinds import AT_ONCE, DAILY, KINDS, NEVER


def label(kind: str) -> str:
    """What a kind of notice is called."""
    return _(KINDS[kind].label)


def meaning(kind: str) -> str:
    """When such a notice is sent."""
    return _(KINDS[kind].meaning)


def how(code: str) -> str:
    """How notices reach people."""
    return {AT_ONCE: _("at once"), DAILY: _("once a day"), NEVER: _("not this way")}[code]


def place(name: str) -> str:
    """What a name between braces stands for."""
    return {
        "name": _("the reader's name"),
        "title": _("title of the case"),
        "number": _("number of the case"),
        "process": _("name of the process"),
        "initiator": _("who began the case"),
        "step": _("name of the step"),
        "who": _("who did it"),
        "due": _("due time"),
        "summary": _("first lines of its summary, of work and copies"),
        "said": _("what was written, or failed"),
        "since": _("since when an incident stands"),
        "tried": _("how often a program tried it"),
        "link": _("address of the page"),
        "company": _("name of the company"),
    }[name]
