"""What people did with tasks, by the word of each operation: in the list of what was done, and on top of what came of it; how a case ended."""

from __future__ import annotations

import flask
from flask_babel import gettext as _
from flask_babel import ngettext

from engine.definitions import task_settings
from engine.queries.cases import instance_page, timeline
from engine.queries.inbox import my_cases
from engine.queries.inbox.task_page import TaskPage
from engine.verbs.approvals.back import objecting
from web.frame import filters, part_words, words

WITHDRAWN = ("withdrawn", "message_received")  # by the customer himself, or as somebody noted it in another case


def install(app: flask.Flask) -> None:
    """Offers these to all templates."""
    app.jinja_env.filters.update(
        done_word=done, handed_words=handed, delegated_words=delegated, outcome_button=outcome_button, button_label=button_label
    )
    app.jinja_env.globals.update(ended_words=ended, ended_name=ended_name)


def button_label(label: str) -> str:
    """What stands on a button of which only that is known, as `outcome_label`."""
    code = next((code for code, said in task_settings.STANDARD_OUTCOMES.items() if said == label), "")
    return words.outcome_label(label, code)


def done(line: my_cases.HandledTask) -> str:
    """What somebody did with a task, by the word of the operation, and whether it was undone since."""
    undone = {"returned": _("sent back since"), "taken_back": _("taken back since"), "moved": _("moved by hand since")}
    said = words.outcome_label(line.label, line.outcome) if line.outcome else ""
    handed = _("Delegate") if line.note == "delegated" else _("Handed on")
    own = {"handed": handed, "consulted": _("Gave a view"), "delegated": _("Did it for somebody, gave it back")}
    signed = (
        _("%(label)s: %(fault)s", label=part_words.position(line.position), fault=said)
        if line.position in ("before", "after", "beside")
        else said
    )
    again = _("decided anew, as a co-signer did not agree") if line.note == objecting.REOPENED else ""
    stood_in = (
        _("%(name)s did it for you", name=line.by) if line.by else _("done for %(name)s", name=line.whom) if line.whom else ""
    )
    return " · ".join(each for each in (own.get(line.position, signed), stood_in, undone.get(line.undone, "") or again) if each)


def handed(entry: timeline.TimelineEntry) -> str:
    """How a task came to whoever reads it, where somebody gave it to him, or left and it went over to him."""
    if entry.data.get("left"):
        return _("%(name)s has left, and it was handed over to you", name=entry.data["left"])
    who = filters.acted(entry.who) if entry.who else _("The system")
    told = {
        "transferred": _("%(who)s passed it on to you", who=who),
        "reassigned": _("%(who)s gave it to you to do", who=who) if entry.who else _("It came to you by itself"),
        "escalated": _("It was handed to you because it was overdue"),
        "delegated": _("%(who)s asks you to do it and hand it back", who=who),
        "signers_added": {
            "before": _("%(who)s asks you to sign first", who=who),
            "after": _("%(who)s asks you to sign afterwards", who=who),
        }.get(str(entry.data.get("position")), _("%(who)s asks you to co-sign", who=who)),
    }
    return told[entry.kind]


def delegated(page: TaskPage, to_fill: int) -> str:
    """What somebody who was asked to do a step does with it: whose it is, how many items there are `to_fill`, and how it goes back."""
    assert page.handed is not None
    who = filters.acted(page.handed.who)
    buttons = _(" or ").join(_("“%(name)s”", name=outcome_button(page, each.id, each.label)) for each in page.outcomes)
    how = (
        ngettext(
            "fill in what is asked for below, then press %(buttons)s",
            "fill in the %(num)s items below, then press %(buttons)s",
            to_fill,
            buttons=buttons,
        )
        if to_fill
        else _("do what is asked for below, then press %(buttons)s", buttons=buttons)
    )
    return _("%(who)s asks you to do “%(step)s” for them: %(how)s", who=who, step=page.task.name, how=how)


def outcome_button(page: TaskPage, outcome: str, label: str) -> str:
    """What stands on a button of a task; who was asked to do it hands it back."""
    if page.item is not None and page.item.position == "delegated" and outcome == "submit":
        return _("Done, hand it back")
    return words.outcome_label(label, outcome)


def ended(page: instance_page.InstancePage) -> str:
    """How a case that is over ended, in one sentence."""
    return filters.begun(_ended(page))


def _ended(page: instance_page.InstancePage) -> str:
    instance = page.instance
    if instance.ended_as in ("void", "terminated") and page.ended_reason:
        return _("%(how)s: %(reason)s", how=words.state(instance.state, instance.ended_as), reason=page.ended_reason)
    if instance.state == "cancelled":
        reason = page.ended_reason
        return _("Cancelled: %(reason)s", reason=reason) if reason else _("Cancelled")
    how, withdrawn = words.state(instance.state, instance.ended_as), _withdrawal(page)
    if withdrawn is not None:
        return _said_of(withdrawn, ended_name(page))
    refused = [each for each in page.timeline if each.outcome == "reject"]
    if (instance.ended_as or "").startswith("reject") and refused and refused[-1].opinion:
        return _("%(how)s by %(name)s: %(words)s", how=how, name=filters.acted(refused[-1].who), words=refused[-1].opinion)
    if page.ended_reason:
        return _("%(how)s: %(reason)s", how=how, reason=page.ended_reason)
    called = page.ending if not instance.ended_as and page.ending != how else ""
    return _("The case is over: %(how)s", how=" · ".join(filter(None, (how, called))))


def _withdrawal(page: instance_page.InstancePage) -> timeline.TimelineEntry | None:
    """Why the customer withdrew the case, where that ended it, by himself or by whoever noted it; None where neither is to be read."""
    ended_at, is_so = page.instance.ended_at, (page.instance.ended_as or "").startswith("withdrawn")
    told = (each for each in page.timeline if each.kind in WITHDRAWN and each.reason and each.instance_key == page.instance.key)
    return next((each for each in reversed([*told]) if is_so or each.at == ended_at), None)


def _said_of(withdrawn: timeline.TimelineEntry, how: str) -> str:
    """How it ended, why, and who noted it in which case, where that was not the customer himself."""
    by = [filters.acted(withdrawn.who) if withdrawn.who else "", withdrawn.data.get("from_case", "")]
    if who := " · ".join(filter(None, by)):
        return _("%(how)s: %(reason)s (%(who)s)", how=how, reason=withdrawn.reason.rstrip("。. "), who=who)
    return _("%(how)s: %(reason)s", how=how, reason=withdrawn.reason)


def ended_name(page: instance_page.InstancePage) -> str:
    """How a case that is over ended, in a word or by the name of its end."""
    instance = page.instance
    is_plain = instance.state == "completed" and not instance.ended_as
    return page.ending if is_plain and page.ending else words.state(instance.state, instance.ended_as)
