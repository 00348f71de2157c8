"""What operators' pages say: the acts by name, on which cases, how far an operation is and what became of a case."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from flask_babel import gettext as _

from engine import errors
from engine.basics import json_texts
from engine.queries.operations import log, one_case, working
from web.frame import filters, forms, i18n
from web.frame import words as frame_words


def acts() -> dict[str, str]:
    """The acts that may be chosen, in their order, each with its words."""
    return {
        "retry": _("Retry"),
        "settle": _("Record how it was settled"),
        "skip": _("Skip a step with a result"),
        "set_variable": _("Correct the content"),
        "move": _("Move to another step, or repeat this one"),
        "run_now": _("Run a timer or job now"),
        "reschedule": _("Reschedule"),
        "set_retries": _("Set the number of tries"),
        "assign": _("Reassign a task"),
        "suspend": _("Suspend"),
        "resume": _("Resume"),
        "terminate": _("Terminate"),
    }


def states() -> list[tuple[str, str]]:
    """The states by which cases are chosen."""
    return [
        ("active", _("Running")),
        ("incident", _("With an incident")),
        ("overdue", _("Overdue")),
        ("suspended", _("Suspended")),
    ]


def state(line: log.OperationLine) -> str:
    """How far an operation is."""
    if line.phase == "rehearsal":
        words = {
            "running": _("being rehearsed"),
            "done": _("rehearsed, not done yet"),
            "paused": _("rests"),
            "stopped": _("dropped"),
        }
    else:
        words = {"running": _("being done"), "done": _("finished"), "paused": _("rests"), "stopped": _("stopped")}
    return words[line.state]


def chosen(line: log.OperationLine) -> str:
    """On which cases, in words."""
    asked = line.filter
    parts = [line.process] if line.process else []
    if asked.get("version"):
        parts.append(_("version %(n)s", n=asked["version"]))
    if asked.get("element"):
        parts.append(_("at “%(step)s”", step=line.steps.get(asked["element"]) or _("a step that is not there any more")))
    if asked.get("state"):
        parts.append(dict(states()).get(asked["state"], asked["state"]))
    if asked.get("cause"):
        parts.append(_("stopped by one cause"))
    if asked.get("numbers"):
        numbers = asked["numbers"]
        parts.append(filters.listed(numbers[:3]) if len(numbers) <= 3 else _("%(n)s numbers", n=len(numbers)))
    return " · ".join(parts) or _("of no case")


def given(line: log.OperationLine) -> list[tuple[str, str]]:
    """What the act was given: labels and values."""
    labels = {
        "place": _("Step"),
        "target": _("Step to move it to"),
        "outcome": _("Outcome"),
        "name": _("Variable"),
        "value": _("Value"),
        "until": _("New moment"),
        "retries": _("Tries left"),
        "person": _("Hand it to"),
    }
    values = {name: line.named.get(name, str(value)) for name, value in line.values.items() if name in labels}
    unknown = {name: _("a step that is not there any more") for name in ("place", "target") if name not in line.named}
    values |= {name: words for name, words in unknown.items() if name in values}
    if "value" in values:
        values["value"] = _value(line)
    if "outcome" in values:
        values["outcome"] = frame_words.outcome(values["outcome"])
    if "until" in values:
        values["until"] = filters.moment(datetime.fromisoformat(values["until"]))
    return [(labels[name], values[name]) for name in labels if name in values]


def _value(line: log.OperationLine) -> str:
    """A value as one reads it, what was sent as JSON like what a form shows."""
    text = str(line.values["value"])
    if line.values.get("kind", "json") != "json":
        return forms.plain(text)
    try:
        value = json_texts.read(text)
    except errors.Invalid:
        return text
    if line.name == "skip" and isinstance(value, Mapping):
        value = {line.labels.get(name, name): each for name, each in value.items()}
    return forms.plain(value)


def case_state(line: log.CaseLine) -> str:
    """What became of a case, or would."""
    if not line.state:
        return _("waits")
    if line.is_foreseen:
        return _("would be done") if line.state == "done" else _("would be refused")
    if line.state == "conflict" and not line.was_possible:
        return _("would be refused")
    words = {"done": _("done"), "conflict": _("has changed meanwhile"), "refused": _("refused"), "failed": _("failed")}
    return words[line.state]


def told(facts: Mapping[str, Any]) -> str:
    """What is said of a case: why not, or where it then stands, what stops it there and what cannot be foreseen."""
    if facts.get("text"):
        return _worded(facts)
    parts = [_standing(facts)]
    if facts.get("stops"):
        step, why = place(facts["stops"]["step"]), _worded(facts["stops"])
        parts.append(_("it stops by an incident at %(step)s: %(why)s", step=step, why=why))
    if facts.get("unforeseen"):
        steps = filters.listed(place(each) for each in facts["unforeseen"])
        parts.append(_("what %(steps)s then does in the background cannot be foreseen", steps=steps))
    return _("; ").join(each for each in parts if each)


def _standing(facts: Mapping[str, Any]) -> str:
    if facts.get("end"):
        return _("the case is over then, at the end “%(end)s”", end=facts["end"])
    if facts.get("ended"):
        return _("the case is over then") if facts["ended"] == "completed" else _("the case is ended then")
    return _("then at: %(steps)s", steps=filters.listed(place(each) for each in facts["at"])) if facts.get("at") else ""


def _worded(facts: Mapping[str, Any]) -> str:
    return str(i18n.worded(errors.Refusal(facts["text"], fields=None, **facts.get("values", {}))))


def place(step: str | Mapping[str, str]) -> str:
    """A step by its name, one without by what comes before it."""
    if isinstance(step, str):
        return step
    return _("the step after “%(step)s”", step=step["after"]) if step.get("after") else _("a step without a name")


def barred(refusals: Mapping[str, errors.Refusal]) -> list[tuple[str, errors.Refusal]]:
    """What may not be done now: the acts that one reason keeps away, together, and the reason."""
    by_reason: dict[tuple[str, str], list[str]] = {}
    labels, told = acts(), dict[tuple[str, str], errors.Refusal]()
    for act, why in refusals.items():
        reason = (why.text, str(sorted(why.values.items())))
        by_reason.setdefault(reason, []).append(labels[act])
        told[reason] = why
    return [(filters.listed(names), told[reason]) for reason, names in by_reason.items()]


def short(act: str) -> str:
    """An act on a button in a row."""
    words = {
        "run_now": _("Run now"),
        "reschedule": _("Change the moment"),
        "set_retries": _("Change the tries"),
        "skip": _("Skip"),
        "assign": _("Hand over"),
    }
    return words[act]


def fits(act: str, wait: one_case.OperatedWait) -> bool:
    """Whether the act is one for this wait."""
    return one_case.fits(act, wait)


def wait(waiting: one_case.OperatedWait) -> str:
    """What a case waits for, by kind."""
    words = {
        "timer": _("a moment"),
        "message": _("a message"),
        "signal": _("a signal"),
        "conditional": _("a condition"),
        "job": _("background work"),
        "user_task": _("people"),
        "decision": _("a decision table"),
        "call": _("another case"),
        "incident": _("somebody who puts it right"),
    }
    return words.get(waiting.kind, _("something else"))


def wait_state(waiting: one_case.OperatedWait) -> str:
    """How it stands with a job; of other waits that they wait."""
    words = {"leased": _("being done"), "failed": _("given up"), "held": _("held with the case")}
    return words.get(waiting.state, _("waits"))


def queue(line: working.Queue) -> str:
    """A kind of waiting work: the process and the step of cases, else what our own work does."""
    return f"{line.process} · {line.step}" if line.process else work(line.kind)


def work(kind: str) -> str:
    """What our own work of a kind does."""
    words = {
        "timer": _("Timers of cases"),
        "operating.step": _("Operations on many cases"),
        "operating.tell": _("Telling people of operations on many cases"),
        "batches.send": _("Acts on many tasks"),
        "messages.publish": _("Messages between cases"),
        "anchors.write": _("Writing down digests of the history"),
        "attachments.erase": _("Erasing files"),
        "copies.deliver": _("Delivering copies"),
        "deputies.turn": _("Deputies that begin and end"),
        "history.measure": _("Measuring how much history is kept"),
        "insight.sum": _("Summing up the past days"),
        "people.change": _("Changes of staff on their day"),
        "people.stranded": _("Finding tasks that lie with nobody"),
        "people.lists": _("Renewing lists of who may take a task"),
        "process_instances.overdue": _("Overdue cases"),
        "process_instances.warn": _("Cases nearly due"),
        "registers.fill": _("Filling registers"),
        "reports.send": _("Sending reports"),
        "records.ending": _("Telling keepers that the secrecy of records ends"),
        "reports.work": _("Working out reports"),
        "retention.remove": _("Removing old cases"),
        "user_tasks.overdue": _("Overdue tasks"),
        "user_tasks.remind": _("Reminders of tasks"),
        "user_tasks.warn": _("Tasks nearly due"),
    }
    return words.get(kind, _("Work of programs"))
