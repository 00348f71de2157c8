"""What is wrong with a form before it is deployed, by component: nothing is accepted that will not be obeyed."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from engine import errors, feel
from engine.forms import placeholders
from engine.forms.checking import attributes
from engine.forms.schema import (
    AGREES_WITH,
    CHOICES,
    CONTAINERS,
    FEEL_PROPERTIES,
    FEEL_RULES,
    INPUTS,
    PART_OF,
    children,
    component_faults,
    label,
    problem,
    top_faults,
)
from engine.problems import Problem

MAX_COMPONENTS = 500
# Names that a page's own fields have beside those of the form (what is chosen, said, signed, which page it is), and five under
# which a browser hides what a page needs of its form (HTML, 4.10.3, the form element: its fields shadow its properties).
OF_THE_PAGE = frozenset(
    (
        *("after_completing", "csrf_token", "draft", "find", "kept_signature", "once", "opinion", "opinion_files", "outcome"),
        *("receipt", "signature", "window", "window_saw", "closest", "contains", "dataset", "elements", "matches"),
    )
)
_CHECKED = (*FEEL_PROPERTIES, "text", "content")


def problems(schema: object, functions: Collection[str] = ()) -> list[Problem]:
    """What is wrong with a schema, errors and warnings; an empty list for a good one.

    `functions`: the look-ups that its expressions may call.
    """
    if faults := list(top_faults(schema)):
        return faults
    assert isinstance(schema, Mapping)
    if _count(schema["components"], 1) > MAX_COMPONENTS:
        return [Problem("", "", "The form has more than %(limit)s components.", {"limit": MAX_COMPONENTS})]
    faults = list(_level(schema["components"], {(name,): "" for name in OF_THE_PAGE}, functions, 1))
    is_readable = all(each.severity != "error" for each in faults)
    return [*faults, *_parts(schema["components"])] if is_readable else faults


def _count(raws: list[Any], depth: int) -> int:
    return sum(1 + _count(children(raw, depth), depth + 1) for raw in raws)


def _level(raws: list[Any], taken: dict[tuple[str, ...], str], functions: Collection[str], depth: int) -> Iterator[Problem]:
    """Components whose keys stand in the same data; `taken` are the keys so far, those of the page itself with nothing."""
    for raw in raws:
        faults = list(component_faults(raw, depth))
        yield from faults
        has_own = False
        if not faults:
            yield from _keys(raw, taken)
            yield from _component(raw)
            yield from attributes.check(raw)
            yield from _expressions(raw, functions)
            has_own = raw["type"] in CONTAINERS and bool(raw.get("path"))
        yield from _level(children(raw, depth), {} if has_own else taken, functions, depth + 1)


def _keys(raw: Mapping[str, Any], taken: dict[tuple[str, ...], str]) -> Iterator[Problem]:
    """Two values cannot have one place: neither the same key, nor one that leads into another (`a` and `a.b`)."""
    kind = raw["type"]
    key = raw.get("path" if kind in CONTAINERS else "key")
    if not key or kind not in INPUTS | CONTAINERS | {"expression"}:
        return
    path = tuple(key.split("."))
    if path in taken and not taken[path]:
        yield problem(raw, "The key %(key)s of %(name)s is one of the page's own; take another.", key=key)
        return
    if path in taken:
        yield problem(raw, "The key %(key)s stands twice in the form.", key=key)
    elif other := next(
        (taken[each] for each in taken if taken[each] and (each[: len(path)] == path or path[: len(each)] == each)), None
    ):
        yield problem(raw, "The keys %(other)s and %(key)s exclude each other: one leads into the other.", key=key, other=other)
    taken[path] = key


def _parts(raws: Iterable[Any]) -> Iterator[Problem]:
    """A number that counts a part names another one beside it, in the same data."""
    here = list(_beside(raws))
    numbers = {raw["key"] for raw in here if raw.get("type") == "number" and raw.get("key")}
    for raw in here:
        whole = (raw.get("properties") or {}).get(PART_OF)
        if whole is not None and raw.get("type") != "number":
            yield problem(raw, "The property %(attribute)s of %(name)s has an effect only on a number.", attribute=PART_OF)
        elif whole is not None and whole not in numbers - {raw.get("key")}:
            message = (
                "The property %(attribute)s of %(name)s names “%(whole)s”, which is no other number of the form beside it."
            )
            yield problem(raw, message, attribute=PART_OF, whole=str(whole)[:40])
        if raw.get("type") in CONTAINERS:
            yield from _parts(raw.get("components") or ())


def _beside(raws: Iterable[Any]) -> Iterator[Mapping[str, Any]]:
    """The components whose values stand in the same data; groups without a path have theirs there too."""
    for raw in raws:
        if raw.get("type") == "group" and not raw.get("path"):
            yield from _beside(raw.get("components") or ())
        else:
            yield raw


def _component(raw: Mapping[str, Any]) -> Iterator[Problem]:
    kind = raw["type"]
    if kind == "button":
        yield problem(raw, "The button %(name)s has no effect: the page has buttons of its own.", "warning")
    if kind == "html":
        yield problem(raw, "The HTML of %(name)s is shown as text, without its tags.", "warning")
    if kind in INPUTS and not label(raw):
        yield problem(raw, "%(name)s has no label.")
    offers = (raw.get("values"), raw.get("valuesKey"), raw.get("valuesExpression"))
    if kind in CHOICES and not any(offers):
        yield problem(raw, "%(name)s offers nothing to choose from.")
    elif kind in CHOICES and not isinstance(raw.get("values") or [], list):
        yield problem(raw, "The values of %(name)s are no list.")


def _expressions(raw: Mapping[str, Any], functions: Collection[str]) -> Iterator[Problem]:
    rules = raw.get("validate") or {}
    texts = [raw.get(name) for name in _CHECKED] + [rules.get(name) for name in FEEL_RULES]
    hide = (raw.get("conditional") or {}).get("hide")
    texts.append((raw.get("properties") or {}).get(AGREES_WITH))
    expressions = [feel.body(text) for text in texts if isinstance(text, str) and feel.is_meant(text)]
    expressions += [feel.body(hide)] if hide else []
    for text in texts:
        if isinstance(text, str) and not feel.is_meant(text):
            expressions += placeholders.found(text)
    for text in expressions:
        first = next((error for error in feel.problems(text, functions=functions) if error.severity == "error"), None)
        if first is not None:
            reason = errors.Refusal(first.message, fields=None, **first.values)
            yield problem(raw, "The expression of %(name)s cannot be read: %(reason)s", reason=reason)
