"""The company's own values in company.toml: one by one beside what pages changed, and what is wrong with their words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from sqlalchemy.orm import Session

from engine.basics.nearest import nearest
from engine.definitions.values import bounds, company_values
from engine.deploying.company_files.origin import Folder

COMPANY = "company"
PARTED = ("settings", "about")  # tables whose lines are compared one by one: a page changes one, the file another
LONGEST = 200


def parted(values: Mapping[str, Any]) -> dict[str, Any]:
    """Columns of a company with each line of these tables as a field of its own: settings.answerDays."""
    lines = {f"{table}.{name}": each for table in PARTED for name, each in (values.get(table) or {}).items()}
    return {**{name: value for name, value in values.items() if name not in PARTED}, **lines}


def joined(stored: Mapping[str, Any], fresh: Mapping[str, Any]) -> dict[str, Any]:
    """The columns to write for the fields that are to be stored; None takes a line away."""
    columns = {name: value for name, value in fresh.items() if "." not in name}
    for table in PARTED:
        lines = {name.partition(".")[2]: value for name, value in fresh.items() if name.startswith(f"{table}.")}
        if lines:
            whole = {**(stored.get(table) or {}), **lines}
            columns[table] = {name: value for name, value in whole.items() if value is not None}
    return columns


def part(folder: Folder, stored: Mapping[str, Any]) -> None:
    """Makes what folders said before comparable line by line, and tells of lines that only a page can have made."""
    for kind in (COMPANY, f"{COMPANY}@{folder.source}"):
        entry = folder.entries(kind).get(folder.company_id)
        if entry is not None:
            own = dict.fromkeys(name for name in parted(stored) if "." in name) if kind == COMPANY else {}
            entry.said = {**own, **parted(entry.said)}


def every(folder: Folder, said: Mapping[str, Any], stored: Mapping[str, Any]) -> dict[str, Any]:
    """What the file says of each line that it has, that it had, or that is there: None for none."""
    entry = folder.entries(COMPANY).get(folder.company_id)
    known = [*parted(stored), *(entry.said if entry is not None else ())]
    return {**dict.fromkeys(name for name in known if "." in name), **parted(said)}


def of_file(session: Session, company_id: str) -> dict[str, Any]:
    """The values as the company's file said them when it was taken last."""
    entry = Folder(session, company_id).entries(COMPANY).get(company_id)
    said = parted(entry.said) if entry is not None else {}
    table = "settings."
    return {name.removeprefix(table): value for name, value in said.items() if name.startswith(table) and value is not None}


def faults(settings: Mapping[str, Any], about: Mapping[str, Any]) -> Iterator[str]:
    """What is wrong with the words and the bounds of values, a sentence each."""
    known = company_values.own(settings)
    bounded = settings.get(bounds.TABLE, {})
    yield from _unknown(f"settings.{bounds.TABLE}", bounded, known)
    for name, line in bounded.items():
        yield from _of_bounds(name, line, known) if name in known else ()
    yield from _unknown("about", about, known)
    for name, text in about.items():
        if name in known and (not isinstance(text, str) or not text.strip() or len(text) > LONGEST):
            yield f"[about] {name} is not a text of at most {LONGEST} letters"


def _unknown(table: str, names: Iterable[str], known: Mapping[str, Any]) -> Iterator[str]:
    for name in names:
        if name not in known:
            similar = nearest(name, known)
            yield f"[{table}] tells of {name}, but there is no setting {name}" + (
                f", did you mean {similar}?" if similar else ""
            )


def _of_bounds(name: str, line: Any, known: Mapping[str, Any]) -> Iterator[str]:
    """Lines that are none, of what is no number, or of a value that stands outside."""
    value = known[name]
    numbers = value if isinstance(value, list) else [value]
    if not isinstance(line, Mapping):
        yield f"settings.bounds: {name} is a table, such as {{ least = 1, most = 5 }}"
    elif not all(isinstance(each, int | float) and not isinstance(each, bool) for each in numbers):
        yield f"[settings.bounds] tells of {name}, which is no number"
    elif bounds.is_read(line) and not bounds.Bounds(**line).holds(value):
        yield f"{name} stands outside of its [settings.bounds]"
