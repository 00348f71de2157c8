"""What can be obeyed and is hardly meant: all of it, of a process and of a form."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from engine import forms, runtime
from engine.deploying.checking.meaning import empty_groups, kinds, languages, timers, titles, unseen_fields
from engine.people.organisation import Organisation
from engine.problems import Problem


def of_program(
    program: runtime.Program,
    given: Mapping[str, Any],
    drawn: Iterable[forms.Form],
    company: Organisation | None,
    now: datetime | None,
) -> Iterator[Problem]:
    """Warnings of a process; `given` is its workflow.toml, `drawn` are its forms, `company` and `now` None where not known."""
    drawn = tuple(drawn)
    yield from timers.problems(program, given, company.time_zone if company is not None else None, now)
    yield from unseen_fields.of_program(program, drawn)
    yield from titles.problems(program, given, drawn)
    yield from kinds.problems(program, drawn)
    yield from languages.of_program(program)
    if company is not None:
        yield from empty_groups.problems(program, given, company)


def of_schema(schema: Mapping[str, Any], named: Collection[str] | None) -> Iterator[Problem]:
    """Warnings of a form; `named` are the ids of forms that anything shows, None where that is not known."""
    yield from unseen_fields.of_schema(schema)
    yield from languages.of_schema(schema)
    if named is not None:
        yield from unseen_fields.unused(schema, named)
