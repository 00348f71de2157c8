"""Two people change one record at once: what each changed is put together field by field; what both changed is told."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from engine import forms

Path = tuple[str, ...]


@dataclass(frozen=True)
class Merged:
    """What was typed, on top of what others wrote meanwhile; at the fields that `both` changed what was typed stands."""

    typed: dict[str, Any]
    both: list[Path]


def merge(form: forms.Form, typed: Mapping[str, Any], opened: forms.FormScope, newest: forms.FormScope) -> Merged:
    """`opened` is the content that was before whoever typed, `newest` what stands there now.

    A list of rows counts as one field: rows have no names by which one would be known among the others.
    """
    mine, unread = forms.preview(form, typed, opened)
    before, theirs = standing(form, opened), standing(form, newest)
    merged = Merged({}, [])
    for path in paths(form.components):
        was, is_mine, is_theirs = (forms.get(each, path) for each in (before, mine, theirs))
        is_kept = is_mine == was and not _is_among(path, unread)
        forms.put(merged.typed, path, is_theirs if is_kept else forms.get(typed, path))
        if not is_kept and is_theirs not in (was, is_mine):
            merged.both.append(path)
    return merged


def standing(form: forms.Form, scope: forms.FormScope) -> dict[str, Any]:
    """The form's fields as they stand when it is opened and nothing is typed."""
    return forms.preview(form, forms.initial(form, scope.variables, scope), scope)[0]


def paths(components: Iterable[forms.Component], prefix: Path = ()) -> Iterator[Path]:
    """Where the form's fields stand in a record, in the form's order."""
    for component in components:
        if component.type == "group":
            yield from paths(component.children, prefix + component.path)
        elif component.holds_value and component.type != "expression":
            yield prefix + component.path


def _is_among(path: Path, names: Iterable[str]) -> bool:
    """Whether a field, or one in its rows, is called by one of the names."""
    name = ".".join(path)
    return any(each == name or each.startswith(f"{name}[") for each in names)
