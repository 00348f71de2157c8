"""Steps to choose from, in groups: where a case has been, is and was not yet, and by the subprocess or lane that they stand in."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import flask
from flask_babel import gettext as _

from engine.basics.letters import pinyin
from engine.verbs.approvals.jumps import AHEAD, HERE, PASSED, STAGES, Aim

LONG = 15  # more than so many are found by typing


class Choice(NamedTuple):
    """One line of a list to choose from: what is sent, how it is called, under which heading it stands, and what stands above that
    heading; "" for none."""

    value: str
    words: str
    group: str = ""
    above: str = ""


def install(app: flask.Flask) -> None:
    """Offers these to templates."""
    app.jinja_env.filters.update(grouped=grouped, initials=pinyin.initials)
    app.jinja_env.globals["long_list"] = LONG


def grouped(choices: Iterable[tuple[str, ...]]) -> list[tuple[str, list[Choice]]]:
    """The choices by heading, in the order in which headings and choices come first."""
    groups: dict[tuple[str, str], list[Choice]] = {}
    for each in (Choice(*line) for line in choices):
        groups.setdefault((each.above, each.group), []).append(each)
    return [(heading, lines) for (_above, heading), lines in groups.items()]


def of_aims(aims: Iterable[Aim]) -> list[Choice]:
    """Steps that a case may be moved to: where it has been comes first, then where it is, then what it has not reached."""
    in_order = sorted(aims, key=lambda aim: STAGES.index(aim.stage) if aim.stage else 0)
    return [Choice(aim.element, aim.name, _heading(aim)) for aim in in_order]


def _heading(aim: Aim) -> str:
    stages = {PASSED: _("Has been there"), HERE: _("Is there now"), AHEAD: _("Not reached yet")}
    return " · ".join(each for each in (stages.get(aim.stage, ""), aim.part) if each)
