"""How well diagrams are drawn and named, and where what has no name stands."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from engine import errors
from engine.diagrams import measure, names, neighbours, xml
from engine.problems import Problem


def problems(drawn: Mapping[str, bytes], *, max_bytes: int) -> list[Problem]:
    """Warnings of diagrams (file name → XML) that keep none from running; nothing of a file that cannot be read."""
    problems_drawn: list[Problem] = []
    for name, content in drawn.items():
        with contextlib.suppress(errors.Refusal):
            root = xml.safe_parse(content, max_bytes=max_bytes)
            problems_drawn += [replace(each, resource=name) for each in (*measure.problems(root), *names.problems(root))]
    return list(placed(problems_drawn, drawn))


def placed(problems_drawn: Sequence[Problem], drawn: Mapping[str, bytes]) -> Iterator[Problem]:
    """Problems of what has no name, with where that stands; a diagram without such is not read again."""
    nameless = {each.resource for each in problems_drawn if each.element_id and not each.element_name} & drawn.keys()
    beside = {name: neighbours.of_unnamed(drawn[name]) for name in nameless}
    for each in problems_drawn:
        there = None if each.element_name else beside.get(each.resource, {}).get(each.element_id)
        yield replace(each, beside=there) if there else each
