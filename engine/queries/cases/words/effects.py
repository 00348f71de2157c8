"""What an act changed, as its event keeps it: of a variable the values, of a task the people, of a case the places."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from engine.cases.lines import filled
from engine.cases.personal.personal_data import Redaction
from engine.definitions.definitions import Definition
from engine.people.organisation import Organisation
from engine.verbs.operating import declared

# Of these kinds an event keeps who had the task before and who has it now, or who was asked or told.
OF_PEOPLE = frozenset(
    [
        *("reassigned", "transferred", "escalated", "unclaimed", "delegated"),
        *("signers_added", "signer_removed", "consulted", "question_taken_back", "copied", "urged"),
    ]
)
FILLED = frozenset({"variable_changed", "skipped"})


@dataclass(frozen=True)
class Effect:
    """From `before` to `after`; None: there was, or is, none. People stand as a list of names.

    `label` is a variable's as its forms call it, "" for people and places; `name` and `definition` say how its values are masked.
    """

    label: str
    before: Any
    after: Any
    name: str = ""
    definition: Definition | None = field(default=None, repr=False, compare=False)


def of_event(definition: Definition, company: Organisation, kind: str, data: Mapping[str, Any]) -> tuple[Effect, ...]:
    """What the event says was changed; nothing where its values were erased."""
    if kind in OF_PEOPLE:
        return _of_people(company, kind, data)
    if kind == "moved":
        return (Effect("", data.get("from"), data.get("to_name")),)
    values = data.get("values")
    if kind not in FILLED or not isinstance(values, Mapping) or ("erased" in values and "salt" not in data):
        return ()
    if kind == "skipped":
        return tuple(_of_variable(definition, company, name, None, value) for name, value in values.items())
    return (_of_variable(definition, company, str(data["name"]), values.get("before"), values.get("after")),)


def masked(effects: tuple[Effect, ...], redaction: Redaction) -> tuple[Effect, ...]:
    """The effects with personal data masked: what a field of the event's own process says is personal, and words elsewhere."""
    return tuple(_masked(each, redaction) for each in effects)


def words_of(effects: tuple[Effect, ...], words: tuple[str, ...]) -> tuple[str, ...]:
    """These words, and those that stand in personal fields as they were: reasons quote them too."""
    for each in effects:
        for value in (each.before, each.after):
            if each.definition is not None:
                words = Redaction.of(each.definition, {each.name: value}, words).words
    return words


def _of_people(company: Organisation, kind: str, data: Mapping[str, Any]) -> tuple[Effect, ...]:
    before, after = _names(company, data.get("before")), _names(company, data.get("to"))
    if kind == "signer_removed":
        before, after = after, None
    return (Effect("", before, after),) if before or after else ()


def _names(company: Organisation, kept: Any) -> list[str] | None:
    """The names of people and groups; events keep one or several."""
    several = [kept] if isinstance(kept, str) else kept if isinstance(kept, list) else []
    return [company.named(each) for each in several if each] or None


def _of_variable(definition: Definition, company: Organisation, name: str, before: Any, after: Any) -> Effect:
    asked = declared.fields(definition).get(name)
    raw = asked.component.raw if asked is not None else {}
    label = asked.label if asked is not None else name
    before, after = (filled.worded(raw, company, each) for each in (before, after))
    return Effect(label, before, after, name, definition)


def _masked(effect: Effect, redaction: Redaction) -> Effect:
    if effect.definition is None:
        return effect
    own = replace(redaction, definition=effect.definition)
    before, after = (own.variables({effect.name: each})[effect.name] for each in (effect.before, effect.after))
    return replace(effect, before=before, after=after)
