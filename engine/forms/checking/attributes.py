"""The attributes of a component: what each must be, which have no effect, and which are misspelt."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from engine import feel
from engine.forms.schema import AGREES_WITH, FEEL_RULES, is_feel, problem
from engine.forms.values import numeric
from engine.problems import Problem

_NAMES = frozenset(
    [
        "type",
        "id",
        "key",
        "path",
        "label",
        "description",
        "layout",
        "properties",
        "conditional",
        "readonly",
        "disabled",
        "validate",
        "values",
        "valuesKey",
        "valuesExpression",
        "valuesLabel",
        "defaultValue",
        "appearance",
        "increment",
        "decimalDigits",
        "serializeToString",
        "subtype",
        "dateLabel",
        "timeLabel",
        "timeInterval",
        "timeSerializingFormat",
        "use24h",
        "disallowPassedDates",
        "searchable",
        "multiple",
        "accept",
        "isRepeating",
        "allowAddRemove",
        "showOutline",
        "defaultRepetitions",
        "nonCollapsedItems",
        "disableCollapse",
        "verticalAlignment",
        "components",
        "text",
        "content",
        "source",
        "alt",
        "height",
        "width",
        "maxHeight",
        "dataSource",
        "rowCount",
        "columns",
        "columnsExpression",
        "expression",
        "computeOn",
        "url",
        "security",
        "action",
        "title",
        "fileName",
        "patternErrorMessage",
    ]
)
_RULES = frozenset((*FEEL_RULES, "validationType"))
_YES_OR_NO = ("disabled", "multiple", "searchable", "allowAddRemove", "serializeToString", "use24h", "disallowPassedDates")
_SHOWN = ("label", "dateLabel", "timeLabel", "description", "patternErrorMessage", "accept", "valuesKey", "text", "content")
_SUBTYPES = ("date", "time", "datetime")
_VALIDATION_TYPES = ("", "custom", "email", "phone")


def check(raw: Mapping[str, Any]) -> Iterator[Problem]:
    """What is wrong with the attributes of one component."""
    yield from _misspelt(raw)
    yield from _kinds(raw)
    yield from _agreeing(raw)
    rules = raw.get("validate") or {}
    for name, is_right, message in _numbers(str(raw.get("type"))):
        holder = rules if name in FEEL_RULES else raw
        value = holder.get(name)
        if value not in (None, "") and not (is_feel(value) and holder is rules) and not is_right(value):
            yield problem(raw, message, attribute=name, value=_shown(value))
    yield from _order(raw, rules)
    yield from _pattern(raw, rules.get("pattern"))
    if raw.get("type") == "datetime":
        yield from _moments(raw, rules)


def _misspelt(raw: Mapping[str, Any]) -> Iterator[Problem]:
    for holder, known in ((raw, _NAMES), (raw.get("validate") or {}, _RULES)):
        for name in holder.keys() - known:
            if similar := difflib.get_close_matches(str(name), known, 1, cutoff=0.75):
                message = "The attribute %(attribute)s of %(name)s has no effect. Did you mean %(similar)s?"
                yield problem(raw, message, "warning", attribute=str(name)[:40], similar=similar[0])


def _agreeing(raw: Mapping[str, Any]) -> Iterator[Problem]:
    text = (raw.get("properties") or {}).get(AGREES_WITH)
    if text is not None and raw.get("type") not in ("textfield", "textarea"):
        yield problem(raw, "The property %(attribute)s of %(name)s has an effect only on a text.", attribute=AGREES_WITH)
    elif text is not None and not is_feel(text):
        yield problem(raw, "The property %(attribute)s of %(name)s must be an expression.", attribute=AGREES_WITH)


def _kinds(raw: Mapping[str, Any]) -> Iterator[Problem]:
    rules = raw.get("validate") or {}
    switches = [(name, raw.get(name)) for name in (*_YES_OR_NO, "readonly")] + [("required", rules.get("required"))]
    for name, value in switches:
        may_be_feel = name in ("readonly", "required") and is_feel(value)
        if value is not None and not isinstance(value, bool) and not may_be_feel:
            message = "The attribute %(attribute)s of %(name)s must be true or false, not “%(value)s”."
            yield problem(raw, message, attribute=name, value=_shown(value))
    for name in _SHOWN:
        if not isinstance(raw.get(name), str | None):
            yield problem(raw, "The attribute %(attribute)s of %(name)s must be a text.", attribute=name)
    if (kind := rules.get("validationType") or "") not in _VALIDATION_TYPES:
        message = "The attribute %(attribute)s of %(name)s must be one of %(choices)s, not “%(value)s”."
        choices = ", ".join(filter(None, _VALIDATION_TYPES))
        yield problem(raw, message, attribute="validationType", value=_shown(kind), choices=choices)


_NO_NUMBER = "The attribute %(attribute)s of %(name)s must be a number, not “%(value)s”."
_NO_COUNT = "The attribute %(attribute)s of %(name)s must be a whole number from 0 on, not “%(value)s”."
_NO_STEP = "The attribute %(attribute)s of %(name)s must be a number above 0, not “%(value)s”."


def _is_number(value: Any) -> bool:
    return numeric.bound(value) is not None


def _is_count(value: Any) -> bool:
    number = numeric.whole(value)
    return number is not None and number >= 0


def _is_scale(value: Any) -> bool:
    return _is_count(value) and (numeric.whole(value) or 0) <= numeric.MAX_DIGITS


def _is_step(value: Any) -> bool:
    return (numeric.bound(value) or Decimal(0)) > 0


def _numbers(kind: str) -> list[tuple[str, Callable[[Any], bool], str]]:
    """The numeric attributes of a type of component, what each must be, and how to say that it is not."""
    attributes: list[tuple[str, Callable[[Any], bool], str]] = [
        *((name, _is_count, _NO_COUNT) for name in ("defaultRepetitions", "rowCount", "height", "minLength", "maxLength")),
        *((name, _is_step, _NO_STEP) for name in ("timeInterval", "increment")),
        ("decimalDigits", _is_scale, _NO_COUNT),
    ]
    if kind in ("checklist", "taglist", "dynamiclist"):
        attributes += [("min", _is_count, _NO_COUNT), ("max", _is_count, _NO_COUNT)]
    elif kind != "datetime":
        attributes += [("min", _is_number, _NO_NUMBER), ("max", _is_number, _NO_NUMBER)]
    return attributes


def _order(raw: Mapping[str, Any], rules: Mapping[str, Any]) -> Iterator[Problem]:
    for low, high in (("min", "max"), ("minLength", "maxLength")):
        least, most = numeric.bound(rules.get(low)), numeric.bound(rules.get(high))
        if least is not None and most is not None and least > most:
            yield problem(raw, "Nothing can be right in %(name)s: its %(low)s is above its %(high)s.", low=low, high=high)
    columns = (raw.get("layout") or {}).get("columns")
    if columns is not None and not (isinstance(columns, int) and not isinstance(columns, bool) and 1 <= columns <= 16):
        message = "The columns of %(name)s must be a whole number from 1 to 16, not “%(value)s”."
        yield problem(raw, message, value=_shown(columns))


def _pattern(raw: Mapping[str, Any], pattern: Any) -> Iterator[Problem]:
    """A pattern must be one that FEEL's `matches` can read; an unreadable one would refuse every value."""
    if pattern in (None, "") or is_feel(pattern):
        return
    is_readable = isinstance(pattern, str)
    if is_readable:
        try:
            is_readable = feel.evaluate('matches("", pattern)', {"pattern": pattern}) is not None
        except feel.FeelError:
            is_readable = False
    if not is_readable:
        yield problem(raw, "The pattern of %(name)s cannot be read: %(value)s", value=_shown(pattern))


def _moments(raw: Mapping[str, Any], rules: Mapping[str, Any]) -> Iterator[Problem]:
    subtype = raw.get("subtype", "date")
    if subtype not in _SUBTYPES:
        message = "The attribute %(attribute)s of %(name)s must be one of %(choices)s, not “%(value)s”."
        yield problem(raw, message, attribute="subtype", value=_shown(subtype), choices=", ".join(_SUBTYPES))
        return
    if raw.get("disallowPassedDates") and subtype == "time":
        message = "The attribute disallowPassedDates of %(name)s has no effect: a time of day has no date."
        yield problem(raw, message, "warning")
    for name in ("min", "max"):
        value = rules.get(name)
        if value not in (None, "") and not is_feel(value) and not _is_moment(value, subtype):
            message = "The attribute %(attribute)s of %(name)s must be a date or time as in 2026-03-02T09:30, not “%(value)s”."
            yield problem(raw, message, attribute=name, value=_shown(value))


def _is_moment(value: Any, subtype: str) -> bool:
    read = {"date": date.fromisoformat, "time": time.fromisoformat, "datetime": datetime.fromisoformat}[subtype]
    try:
        return isinstance(value, str) and bool(read(value) is not None)
    except ValueError:
        return False


def _shown(value: Any) -> str:
    return str(value)[:60]
