"""The rules a value must meet: required, bounds, lengths, patterns, formats, files."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from engine import feel
from engine.basics import sayings
from engine.errors import Invalid, Refusal
from engine.forms.schema import Component
from engine.forms.scope import Level
from engine.forms.values import numeric

EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
PHONE = re.compile(r"\+?[\d\s()\-]{5,25}")
MAX_PATTERN_INPUT = 10_000
_NUMERIC = ("min", "max", "minLength", "maxLength")


def check(component: Component, value: Any, level: Level) -> Iterator[Refusal]:
    """The refusals of a cleaned value; nothing when it meets every rule."""
    rules = {name: level.resolve(rule) for name, rule in component.rules.items()}
    for name in _NUMERIC if component.type != "datetime" else ():
        if rules.get(name) not in (None, ""):
            rules[name] = numeric.bound(rules[name])
            if rules[name] is None:  # only what an expression gave: deployment refuses others
                yield Invalid("The bound “%(name)s” of this field is no number; the process has to be corrected.", name=name)
    if value in (None, "", []) or value is False:
        if rules.get("required"):
            yield _required(component)
        return
    if isinstance(value, str):
        yield from _text_rules(component, value, rules, level)
    if component.type == "number":
        yield from _number_rules(component, Decimal(value), rules)
    if component.type == "datetime":
        yield from _date_rules(component, str(value), rules, level)
    if component.type == "filepicker":
        yield from _file_rules(component, value)
    if component.type in ("checklist", "taglist", "dynamiclist"):
        yield from _count_rules(len(value), rules)


def _required(component: Component) -> Refusal:
    if component.type == "checkbox":
        return Invalid("This must be ticked.")
    if component.type == "filepicker":
        return Invalid("Please hand in a file.")
    if component.type == "dynamiclist":
        return Invalid("Please add at least one row.")
    if component.type in ("radio", "select", "checklist", "taglist"):
        return Invalid("Please choose.")
    return Invalid("Please fill this in.")


def _text_rules(component: Component, value: str, rules: dict[str, Any], level: Level) -> Iterator[Refusal]:
    if component.type not in ("textfield", "textarea"):
        return
    if _is_set(rules, "minLength") and len(value) < rules["minLength"]:
        yield Invalid("At least %(limit)s characters.", limit=int(rules["minLength"]))
    if _is_set(rules, "maxLength") and len(value) > rules["maxLength"]:
        yield Invalid("At most %(limit)s characters.", limit=int(rules["maxLength"]))
    if rules.get("validationType") == "email" and not EMAIL.fullmatch(value):
        yield Invalid("This is not an e-mail address.")
    if rules.get("validationType") == "phone" and not PHONE.fullmatch(value):
        yield Invalid("This is not a telephone number.")
    if rules.get("pattern") and not _matches(str(rules["pattern"]), value, level):
        yield Invalid(component.raw.get("patternErrorMessage") or "This does not have the required form.")


def _is_set(rules: dict[str, Any], name: str) -> bool:
    return rules.get(name) not in (None, "")


def _number_rules(component: Component, value: Decimal, rules: dict[str, Any]) -> Iterator[Refusal]:
    if _is_set(rules, "min") and value < rules["min"]:
        yield Invalid("At least %(limit)s.", limit=format(rules["min"], "f"))
    if _is_set(rules, "max") and value > rules["max"]:
        yield Invalid("At most %(limit)s.", limit=format(rules["max"], "f"))
    digits = numeric.whole(component.raw.get("decimalDigits"))
    if digits is not None and numeric.decimals(value) > digits:
        yield Invalid("At most %(limit)s decimal places.", limit=digits)
    step = numeric.bound(component.raw.get("increment"))
    if step and step > 0 and numeric.EXACT.remainder(value, step):
        yield Invalid("This goes in steps of %(step)s.", step=format(step, "f"))


def _date_rules(component: Component, value: str, rules: dict[str, Any], level: Level) -> Iterator[Refusal]:
    today = level.evaluate("string(today())") if level.scope.now else None
    has_date = component.raw.get("subtype") != "time"
    if has_date and component.raw.get("disallowPassedDates") and isinstance(today, str) and value[:10] < today:
        yield Invalid("This must not lie in the past.")
    if rules.get("min") and value < str(rules["min"]):
        yield Invalid("Not before %(limit)s.", limit=_said(rules["min"]))
    if rules.get("max") and value[: len(str(rules["max"]))] > str(rules["max"]):
        yield Invalid("Not after %(limit)s.", limit=_said(rules["max"]))


def _said(limit: Any) -> sayings.Said:
    """A day or moment as one says it."""
    return sayings.in_each(lambda language: sayings.with_days(str(limit), language))


def _file_rules(component: Component, files: list[dict[str, Any]]) -> Iterator[Refusal]:
    accepted = [kind.strip().lower() for kind in str(component.raw.get("accept") or "").split(",") if kind.strip()]
    for file in files:
        if accepted and not any(_is_accepted(file, kind) for kind in accepted):
            kinds = ", ".join(accepted)
            yield Invalid("%(name)s is not one of the kinds of file asked for: %(kinds)s.", name=file["name"], kinds=kinds)


def _is_accepted(file: dict[str, Any], kind: str) -> bool:
    if kind.startswith("."):
        return str(file["name"]).lower().endswith(kind)
    media = str(file["type"]).lower()
    return media == kind or (kind.endswith("/*") and media.startswith(kind[:-1]))


def _count_rules(count: int, rules: dict[str, Any]) -> Iterator[Refusal]:
    if _is_set(rules, "min") and count < rules["min"]:
        yield Invalid("At least %(limit)s entries.", limit=int(rules["min"]))
    if _is_set(rules, "max") and count > rules["max"]:
        yield Invalid("At most %(limit)s entries.", limit=int(rules["max"]))


def _matches(pattern: str, value: str, level: Level) -> bool:
    """Whether the pattern is found in the value, by FEEL's bounded regular expressions; an unreadable pattern refuses."""
    if len(value) > MAX_PATTERN_INPUT:
        return False
    try:
        given = {"value": value, "pattern": pattern}
        return feel.evaluate("matches(value, pattern)", given, budget=level.scope.effort) is True
    except feel.FeelError:
        return False
