"""A company's own values that no process reads, and those of which nothing says in words what they are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from engine.definitions.values import company_values
from engine.deploying.checking.checks import Examined

UNREAD = "company.toml, [settings]: no process reads %s"
UNSAID = "company.toml, [about]: nothing tells what %s is"


def doubts(examined: Examined, settings: Mapping[str, Any], about: Mapping[str, str]) -> Iterator[str]:
    """Values that no process reads, and values of which nothing says in words what they are."""
    known = company_values.own(settings)
    read = list(_uses(examined, known))
    for name in known:
        mine = [each for each in read if each.name == name]
        if not mine and name != company_values.of_records(settings):
            yield UNREAD % name
        if name not in about and company_values.limit_of(mine) is None:
            yield UNSAID % name


def _uses(examined: Examined, known: Mapping[str, Any]) -> Iterator[company_values.ValueUse]:
    schemas = {str(each.get("id")): each for each in examined.schemas.values()}
    for resource in examined.resources:
        for program in examined.programs.get(resource.name, ()):
            given = resource.settings_of(program.process_id) or {}
            yield from company_values.uses(program, given, "", schemas.get, lambda _id: (), known)
    cells = (text for each in examined.resources if each.kind == "dmn" for text in company_values.cells(each.content))
    yield from (company_values.ValueUse(name, "", "") for text in cells for name in company_values.asked(text, known))
