"""The words of pages for what the engine names by codes: states, outcomes, events, incidents."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

import flask
from flask_babel import gettext as _

from engine import errors
from engine import forms as engine_forms
from engine.basics import answers
from engine.calendar import working
from engine.definitions import outcome_labels, task_settings
from engine.people import absences
from engine.queries import path_ahead
from engine.queries.cases import folding, timeline
from web.frame import filters, forms, i18n
from web.frame.incidents import troubles
from web.frame.operations import events
from web.frame.times import spans
from web.frame.where import standing_words

USUAL_WAY = "默认做法"  # begins a text that stands on no clause
_USUAL = re.compile(rf"(?:{USUAL_WAY}(?:（[^）]*）)?[：:]|Default practice(?: \([^)]*\))?:)\s*")
_BASIS = re.compile(r"依据[：:]?\s*([^。]*)。?|Basis:\s*(.*?)(?:\.(?=\s|$)|$)", re.DOTALL)

_FIRST = re.compile(r".+?(?:[。！？]|[.!?](?=\s))", re.DOTALL)


def install(app: flask.Flask) -> None:
    """Offers these to all templates."""
    app.jinja_env.filters.update(
        state_word=state,
        outcome_word=outcome,
        outcome_label=outcome_label,
        event_word=event,
        chosen_words=chosen,
        effect_words=events.effect,
        wait_kind=wait_kind,
        trouble_words=lambda told: troubles.said(told.message, told.values),
        trouble_advice=lambda told, buttons=None: troubles.advice(told.message, told.values, buttons),
        incident_title=troubles.title,
        field_id=field_id,
        reason=reason,
        left_out=left_out,
        coming_who=coming_who,
        span_words=spans.worded,
        coming_when=coming_when,
        likely=path_ahead.likely,
        asked=asked,
        led=led,
        tells_the_order=tells_the_order,
        folded=folding.folded,
        machine_words=machine,
        kept_words=standing_words.kept,
        wait_words=standing_words.wait,
        wait_parts=standing_words.wait_parts,
        wait_sentence=standing_words.wait_sentence,
        waits_until=standing_words.waits_until,
        away_words=away,
        link_word=link,
    )
    app.jinja_env.globals.update(
        state_options=state_options,
        problems_of=problems_of,
        filed_by=filed_by,
        estimated_words=estimated,
    )


def state(code: str, ended_as: str | None = None) -> str:
    """The state of a case; of one that was refused or withdrawn, that, in the diagram's own words if it has any."""
    ends = {"void": _("void"), "terminated": _("ended by force")}
    if code != "active" and ended_as in ends:
        return ends[ended_as]
    if code == "completed" and ended_as:
        kind, _colon, label = ended_as.partition(":")
        return label or {"reject": _("turned down"), "withdrawn": _("withdrawn"), "closed": _("closed without a result")}.get(
            kind, kind
        )
    return {"active": _("running"), "completed": _("completed"), "cancelled": _("cancelled")}.get(code, code)


def state_options() -> list[tuple[str, str]]:
    """The states of a case to filter by."""
    return [(code, state(code)) for code in ("active", "completed", "cancelled")]


def outcome(code: str) -> str:
    """A standard outcome; one that a diagram names is shown as it is."""
    words = {"submit": _("Submit"), "approve": _("Approve"), "reject": _("Refuse and end")}
    return {**words, "return": _("Return for correction")}.get(code, code)


def outcome_label(label: str, code: str) -> str:
    """What stands on an outcome's button: the diagram's own label, or the standard one in the reader's language."""
    if label == outcome_labels.OBJECTION:
        return _("Disagree")
    return outcome(code) if label == task_settings.STANDARD_OUTCOMES.get(code) else label


def chosen(label: str, code: str) -> str:
    """What somebody did by an outcome: of a standard one in the past, else the diagram's own label."""
    if label == outcome_labels.OBJECTION:
        return _("did not agree")
    is_standard = label == task_settings.STANDARD_OUTCOMES.get(code)
    return _acts().get(code, label) if is_standard else label


def event(entry: timeline.TimelineEntry) -> str:
    """What a line of the timeline tells."""
    if entry.kind in ("completed", "voted") and entry.outcome:
        said = chosen(entry.label, entry.outcome)
        return _("chose “%(label)s”", label=said) if said == entry.label else said
    if entry.kind == "skipped" and entry.label:
        return events.skipped(outcome_label(entry.label, entry.outcome))
    if entry.kind == "started" and "newest" in entry.data:
        return _("started the case on version %(version)s, which %(newest)s had replaced", **entry.data)
    if entry.kind == "started" and entry.data.get("by_case"):
        return _("passed on from %(case)s", case=entry.data["by_case"])
    if entry.kind == "message_received" and entry.data.get("from_case"):
        return _("passed on from %(case)s", case=entry.data["from_case"])
    words = {
        "started": _("started the case"),
        "task_created": _("the task arrived"),
        "claimed": _("claimed"),
        "unclaimed": _("gave it back"),
        "completed": _("done"),
        "cancelled": _("cancelled the case"),
        "timer_fired": _("time is up"),
        "message_received": _("message received"),
        "message_barred": _("a message came too late and changed nothing: this cannot be taken back any more"),
        "message_unheard": _("sent a message that was not heeded: the case is about the sender"),
        "decided": _("decided by table"),
        "incident": _("incident"),
        "incident_resolved": _("incident resolved"),
        "ended": _("the case ended"),
        "note": _("note"),
        "letter": _("the customer wrote again"),
        "answered": answered(entry.data),
        "withdrawn": _("the customer withdrew it"),
        "reassigned": _("handed to somebody else"),
        "escalated": _("handed over, because it was overdue"),
        "extension_asked": _("asked for more time"),
        "extension_refused": _("refused more time"),
        "extension_taken_back": _("took back the wish for more time"),
        "operation": _("carried out"),
        "unmasked": unmasked(entry.data.get("how")),
        "rated": " · ".join(filter(None, (_("rated by the customer"), _stars(entry.data)))),
        "rescheduled": _moved(entry.data.get("because")),
    } | _done_around()
    return words.get(entry.kind) or _approval_words(entry).get(entry.kind, entry.kind)


def _done_around() -> dict[str, str]:
    """What people did with a task or a case beside filling it in."""
    return {
        "transferred": _("handed it on"),
        "copied": _("sent copies"),
        "remarked": _("a reader wrote"),
        "urged": _("urged the case on"),
        "consulted": _("asked for a view"),
        "advised": _("gave a view"),
        "question_taken_back": _("took a question back"),
        "commented": _("remark"),
        "linked": _("linked another case"),
        "unlinked": _("took a link back"),
        "suspended": _("suspended the case"),
        "resumed": _("let the case go on"),
        "terminated": _("ended the case by force"),
        "voided": _("declared the case void"),
    } | events.words()


def _moved(because: str | None) -> str:
    """Why a deadline is another one now."""
    words = {
        "pause": _("deadline moved with the pause"),
        "extension": _("more time was granted"),
        "retry": _("deadline set when tried again"),
    }
    return words.get(because or "", _("deadline moved with the working calendar"))


def _approval_words(entry: timeline.TimelineEntry) -> dict[str, str]:
    return {
        "returned": _returned(entry),
        "taken_back": _("took it back"),
        "moved": _("moved the case by hand"),
        "signers_added": _("asked others to sign"),
        "signer_removed": _("took a signer off"),
        "delegated": _("asked somebody to do it"),
        "passed": _passed(entry.data.get("why", "")),
    }


def _passed(why: str) -> str:
    """Why an approval was not asked for: never silent."""
    words = {
        "own_request": _("passed by itself: the approver's own request"),
        "adjacent": _("passed by itself: the same person approved the step before"),
        "first": _("passed by itself: the same person has approved already"),
        "last": _("passed by itself: the same person decides a later step"),
    }
    return words.get(why, _("passed by itself"))


def _returned(entry: timeline.TimelineEntry) -> str:
    """To which step a case was sent back, and whether it was overdue or somebody's wish."""
    if entry.data.get("because") == "overdue":
        return _("sent back to %(step)s by itself, because it was overdue", step=_step_sent_to(entry))
    return _("sent it back to %(step)s", step=_step_sent_to(entry))


def _acts() -> dict[str, str]:
    """What somebody did who chose a standard outcome."""
    return {"submit": _("submitted"), "approve": _("approved"), "reject": _("refused it"), "return": _("sent it back")}


def answered(told: Mapping[str, Any]) -> str:
    """What a customer answered: by the process's own words, or yes or no, and how many stars."""
    chosen = answers.choice(told)
    if isinstance(chosen, str):
        words = _("the customer: %(choice)s", choice=chosen)
    else:
        yes_or_no = {
            True: _("the customer accepts"),
            False: _("the customer does not accept"),
            None: _("the customer answered"),
        }
        words = yes_or_no[chosen]
    return " · ".join(filter(None, (words, _stars(told))))


def _stars(told: Mapping[str, Any]) -> str:
    return _("%(stars)s of 5 stars", stars=told["rating"]) if told.get("rating") else ""


def _step_sent_to(entry: timeline.TimelineEntry) -> str:
    """The step that a case was sent back to; its beginning has no name of its own."""
    return str(entry.data.get("to_name") or _("whoever began it"))


def wait_kind(kind: str) -> str:
    """What kind of thing a case waits for, in a word."""
    words = {"user_task": _("task"), "timer": _("timer"), "job": _("work of the system"), "call": _("called case")}
    words |= {"message": _("answer"), "signal": _("signal"), "incident": _("incident"), "conditional": _("condition")}
    return words.get(kind, _("step"))


def machine(entry: timeline.TimelineEntry) -> str:
    """What a step that nobody does by hand did for people."""
    if "sent" in entry.data:
        return _("%(step)s: told %(n)s people", step=entry.element, n=entry.data["sent"])
    words = {"decided": _("%(step)s: decided by table"), "timer_fired": _("%(step)s: time is up")}
    words |= {"message_received": _("%(step)s: an answer came"), "operation": _("%(step)s: done")}
    return words[entry.kind] % {"step": entry.element} if entry.kind in words and entry.element else event(entry)


def filed_by(channel: str, name: str = "") -> str:
    """The customer as whoever started a case, with the way he came by and his name, if told; nothing where it was no customer."""
    if channel and name:
        return _("%(name)s (customer, %(channel)s)", name=name, channel=channel)
    return _("customer (%(channel)s)", channel=channel) if channel else ""


def unmasked(how: str | None) -> str:
    """How somebody came to see personal data in full."""
    words = {
        "print": _("printed personal data"),
        "file": _("downloaded a file"),
        "api": _("looked at personal data through the API"),
        "job": _("handed personal data to a program"),
    }
    return words.get(how or "", _("looked at personal data"))


def problems_of(view: engine_forms.FormView | None, refusal: errors.Refusal) -> list[tuple[str, str, str]]:
    """What is wrong with a sent form: id of the field, its label, what it is; also for what the form does not draw."""
    nodes = list(forms.labels(view)) if view else []
    rows = [(node.id, filters.begun(label), i18n.worded(each)) for node, label in nodes for each in node.refusals]
    drawn = {node.name for node, _label in nodes}
    others = [(field_id(name), each) for name, refusals in refusal.fields.items() if name not in drawn for each in refusals]
    return rows + [(target, "", i18n.worded(each)) for target, each in others]


def estimated(years: Iterable[int]) -> str:
    """What is uncertain about a deadline that reaches into years without an official holiday arrangement."""
    return _(working.ESTIMATED, years=filters.listed(map(str, years)))


def away(absence: absences.Absence) -> str:
    """Until when somebody is away, and who stands in."""
    names = filters.listed(absence.deputies)
    return _("away until %(moment)s, %(names)s stands in", moment=filters.moment(absence.until), names=names)


def link(kind: str) -> str:
    """What another case is to this one."""
    words = {
        "related": _("related"),
        "copy_of": _("started once more from it"),
        "copied_as": _("started once more as this"),
        "reopened_from": _("opened again from it"),
        "reopened_as": _("opened again as this"),
        "told_by": _("sent this case a message"),
        "told": _("got a message from this case"),
    }
    return words.get(kind, kind)


def reason(said: tuple[str, dict[str, str]]) -> str:
    """Why a task is with somebody."""
    text, values = said
    return _(text, **{name: filters.people(each) for name, each in values.items()}) if text else ""


def left_out(people: list[tuple[str, str]]) -> str:
    """Who was meant for a task and does not act, with why."""
    return filters.listed(_("%(name)s (%(why)s)", name=name, why=_(why)) for name, why in people)


def coming_who(step: path_ahead.Coming) -> str:
    """Who would act on a step to come, or why that cannot be said yet."""
    words = {
        "open": _("to be assigned then"),
        "initiator": _("whom the initiator picks"),
        "previous": _("whom the step before picks"),
        "call": _("a case of its own"),
        "timer": _("waits for its time"),
        "message": _("waits for an answer"),
    }
    if told := words.get(step.note) or words.get(step.kind):
        return told
    return " · ".join(filter(None, (filters.people(step.who) or _("nobody"), step.note and _passed(step.note))))


def coming_when(step: path_ahead.Coming) -> str:
    """On what a step to come depends, each condition a sentence; one without a subject is not told."""
    return _("; ").join(_condition(asked, answer) for asked, answer in step.when if asked and answer)


def _condition(asked: str, answer: str) -> str:
    asked = asked.rstrip("？?")
    subject = asked.removesuffix("吗").removeprefix("是否")
    if answer in ("是", "否"):
        return _("if “%(what)s” is “yes”", what=subject) if answer == "是" else _("if “%(what)s” is “no”", what=subject)
    return _("if “%(question)s” is “%(answer)s”", question=asked, answer=answer)


def asked(text: str, documentation: str = "") -> tuple[str, str]:
    """What a step's instructions ask, and what they stand on (依据), which is shown when it is asked for.

    Instructions that name no clause of their own stand on what the step's `documentation` says.
    """
    asks, basis = grounds(text)
    if basis or documentation.strip() in ("", text.strip()):
        return asks, _usual_way() if basis == USUAL_WAY else basis
    documentation = documentation.strip()
    if usual := _USUAL.match(documentation):
        return asks, f"{_usual_way()} {documentation[usual.end() :]}".strip()
    named = _BASIS.match(documentation)
    return asks, documentation[named.start(named.lastindex or 0) :] if named else documentation


def _usual_way() -> str:
    return _("The regulation does not say how; this is the usual way.")


def led(text: str) -> tuple[str, str]:
    """The first sentence of what is asked, which stands out, and what follows it."""
    first = _FIRST.match(text)
    return (first[0], text[first.end() :].strip()) if first else (text, "")


def tells_the_order(text: str) -> bool:
    """Whether instructions number what is to be done, so that nothing need be said of what comes first."""
    return all(re.search(rf"(?<!\d)[（(]?{number}[）)、]", text) for number in (1, 2))


def grounds(text: str) -> tuple[str, str]:
    """What a step's text asks, and the clause before it; `USUAL_WAY` where it says that no clause does."""
    said = text.strip()
    if usual := _USUAL.match(said):
        return said[usual.end() :], USUAL_WAY
    basis = _BASIS.match(said)
    return (said[basis.end() :].strip(), (basis[1] or basis[2] or "").strip()) if basis else (said, "")


def field_id(name: str) -> str:
    """The id of a form field's control, for links to it."""
    return re.sub(r"[^\w-]+", "-", name)
