"""Settings that are asked in parts instead of as the diagram writes them: deadlines, buttons, operations, steps, how a case ends."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import gettext as _
from flask_babel import lazy_gettext

from engine.definitions import declarations, task_settings
from engine.definitions.rules import joint_rules
from engine.designing.simple.asking import buttons
from web.frame import words
from web.frame.operations import acts
from web.frame.times import spans

DUE, BUTTONS, OPERATIONS, STEPS, ENDING = "due", "buttons", "operations", "steps", "ending"
WIDGETS: Mapping[str, str] = {  # by the type of a setting, or its place
    declarations.DEADLINE: DUE,
    declarations.STEP: DUE,
    declarations.OUTCOMES: BUTTONS,
    declarations.BUTTONS: OPERATIONS,
    declarations.TASKS: STEPS,
    f"property:{task_settings.END_OUTCOME}": ENDING,
}
UNITS = spans.DEADLINE
RULES = {
    "any": lazy_gettext("any one of them decides"),
    "all": lazy_gettext("all must agree"),
    "sequential": lazy_gettext("one after the other, all must agree"),
    "ratio:>1/2": lazy_gettext("more than half must agree"),
    "ratio:2/3": lazy_gettext("two thirds must agree"),
    "veto": lazy_gettext("more than half must agree, and some may refuse alone"),
}
ENDS = {
    "reject": lazy_gettext("as refused"),
    "withdrawn": lazy_gettext("as withdrawn"),
    "closed": lazy_gettext("as closed without what was asked for"),
}
STANDING: Mapping[str, Mapping[str, object]] = {  # words that stand in a field for what the diagram writes
    "empty": {
        "administrators": lazy_gettext("administrators"),
        "incident": lazy_gettext("nobody: an incident is raised"),
    },
    "picked_from": {"anyone": lazy_gettext("anyone")},
}
UNSAID = {  # what holds where nothing is chosen, of settings for which it hangs on the kind of step
    "return": lazy_gettext("unless said: approvals to any step, other steps nowhere"),
    "opinion": lazy_gettext("unless said: approvals required for refusing and returning, other steps may be given"),
}
HINTS = {
    "outcomes": lazy_gettext("What stands on each button. One of your own needs a name; conditions may ask which was pressed."),
    "buttons": lazy_gettext("What else people may do with it, called otherwise or not offered."),
    "rule": lazy_gettext("Whether one of them decides, all do, or a share of the votes."),
    "late": lazy_gettext("Beside telling whoever holds it; nothing is ever approved by time."),
    "veto": lazy_gettext("Where some may refuse alone: groups or people."),
    "weights": lazy_gettext("Name and weight with a colon between, several with commas; unsaid, each counts once."),
    "empty": lazy_gettext("Groups or people; unsaid, the administrators. It never passes by itself."),
    "outcome": lazy_gettext("What people read of a case that ends here; with words of your own, if you like."),
    "separate_from": lazy_gettext("Whoever did one of these steps neither gets this one nor may do it."),
    "warn": lazy_gettext("How long before the deadline."),
}


def rules() -> tuple[tuple[str, str], ...]:
    """The rules that are offered, with their words."""
    return tuple((each, str(said)) for each, said in RULES.items())


def rule_said(rule: str) -> str:
    """A rule in words, also one that is not offered; what is none stays as it is written."""
    read = joint_rules.read(rule)
    if rule in RULES or read is None:
        return str(RULES.get(rule, rule))
    said = {"share": f"{float(read.share):.0%}"}
    shared = _("more than %(share)s must agree", **said) if read.is_more else _("at least %(share)s must agree", **said)
    return _("%(shared)s, and some may refuse alone", shared=shared) if read.name == joint_rules.VETO else shared


def standing(name: str) -> tuple[tuple[str, str], ...]:
    """The words that stand in the field of a setting for the codes it may hold."""
    return tuple((code, str(said)) for code, said in STANDING.get(name, {}).items())


def outcomes() -> list[tuple[str, str]]:
    """The kinds of outcomes, with their words."""
    return [
        *((each, words.outcome(each)) for each in task_settings.STANDARD_OUTCOMES),
        (buttons.OWN, _("a button of your own")),
    ]


def operations() -> list[tuple[str, str]]:
    """What people may do with a task beside its buttons."""
    return [(each, str({**acts.ON_CASES, **acts.ON_TASKS}[each].label)) for each in task_settings.OPERATIONS]
