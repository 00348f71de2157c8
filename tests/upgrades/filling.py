"""Fills in any form as somebody would who has no idea of it: what must be filled in, with the first value that fits."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import timedelta
from typing import Any

from engine import forms
from engine.forms import FormView, ViewNode

PASSES = 8
TELEPHONE = "13800002345"
TEXTS = (
    "已核实。",
    "已经核实，情况属实，现予处理完毕。" * 3,
    TELEPHONE,
    "203.0.113.8/29",
    "203.0.113.9",
    "SB-2026-{:04}",
    "HT-2026-{:04}",
)  # one of them fits; numbers are new ones
_numbers = itertools.count(5000)
Upload = Callable[[ViewNode], Any]


def filled(
    form: forms.Form | None, scope: forms.FormScope, upload: Upload, visit: int, refused: Counter[str]
) -> dict[str, Any]:
    """What to send; at another `visit` of the same place other choices are made, so that no case goes round for ever.

    A field that was `refused` so many times gets its next value: a longer text, a telephone number, a later date.
    """
    if form is None:
        return {}
    data: dict[str, Any] = forms.initial(form, scope.variables, scope)
    done: set[str] = set()
    for _ in range(PASSES):
        asked = [
            node for node in _nodes(forms.view(form, data, scope)) if node.name not in done and _is_asked(node, data, refused)
        ]
        for node in asked:
            put(data, node.name, _value(node, scope, upload, visit, refused[node.name]))
            done.add(node.name)
        if not asked:
            break
    return data


def _is_asked(node: ViewNode, data: dict[str, Any], refused: Counter[str]) -> bool:
    if node.is_readonly:
        return False
    return bool(refused[node.name]) or (node.is_required and get(data, node.name) in (None, "", [], False))


def _nodes(view: FormView) -> Iterator[ViewNode]:
    for line in view.lines:
        yield from _within(line)


def _within(nodes: Iterable[ViewNode]) -> Iterator[ViewNode]:
    for node in nodes:
        yield node
        for line in (*node.children, *(line for row in node.rows for line in row)):
            yield from _within(line)


def _value(node: ViewNode, scope: forms.FormScope, upload: Upload, visit: int, attempt: int) -> Any:
    choices = [option.value for option in node.options]
    if node.type in ("radio", "select"):
        return choices[(visit + attempt) % len(choices)] if choices else None
    if node.type in ("checklist", "taglist"):
        return choices[attempt % max(1, len(choices)) :][: int(node.limits.get("min") or 1)]
    simple: dict[str, Callable[[], Any]] = {
        "checkbox": lambda: attempt % 2 == 0,
        "number": lambda: [node.limits.get("min"), node.limits.get("max"), 1, 0][attempt % 4] or attempt % 2,
        "datetime": lambda: _moment(node, scope, attempt),
        "filepicker": lambda: [upload(node)],
        "dynamiclist": lambda: [{} for _ in range(attempt + 1)],
    }
    return simple.get(node.type, lambda: _text(node, attempt))()


def _text(node: ViewNode, attempt: int) -> str:
    if attempt == 1 and not node.is_required:
        return ""  # a number of what was not stored with the case, say
    kind = node.raw.get("validate", {}).get("validationType")
    fitting = {"phone": TELEPHONE, "email": "somebody@example.com"}.get(kind)
    return (fitting or TEXTS[attempt % len(TEXTS)].format(next(_numbers)))[: int(node.limits.get("maxLength") or 1000)]


def _moment(node: ViewNode, scope: forms.FormScope, attempt: int) -> str:
    assert scope.now is not None
    moment = scope.now + timedelta(days=[0, -1, 1, 7, 30][attempt % 5])
    kind = node.raw.get("subtype", "date")
    return str({"date": moment.date(), "time": "10:00"}.get(kind, moment.isoformat(timespec="seconds")))


def get(data: Any, name: str) -> Any:
    """The value of a field by its name on the page: `customer.phone`, `items[0].title`."""
    for part in _path(name):
        if isinstance(part, int):
            data = data[part] if isinstance(data, list) and part < len(data) else None
        else:
            data = data.get(part) if isinstance(data, Mapping) else None
    return data


def put(data: Any, name: str, value: Any) -> None:
    """Sets it."""
    *outer, last = _path(name)
    for part in outer:
        data = data[part] if isinstance(part, int) else data.setdefault(part, {})
    data[last] = value


def _path(name: str) -> list[str | int]:
    parts = name.replace("]", "").replace("[", ".").split(".")
    return [int(part) if part.isdigit() else part for part in parts]
