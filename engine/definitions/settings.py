"""What a process owner sets beside the diagram: the workflow.toml of a process."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from engine import feel
from engine.definitions import declarations, terms
from engine.definitions.declarations import declared, unreadable
from engine.definitions.languages import files
from engine.people.organisation import SECRECY
from engine.problems import Problem
from engine.storage import numbers

MAX_SUMMARY = 5
UNPROVEN = ("warn", "forbid")  # what is done with a version whose scenarios do not prove it
TOTALS = ("sum", "average", "none")
WRONG_COLUMNS = (
    "The setting %(name)s must be tables with label, value and total (sum, average or none), at most five in the summary."
)
WRONG_PAPERS = "The setting %(name)s must be tables with template and title."
BOUND = frozenset(("forms", "decisions", files.SHARED))  # what a deployment notes beside what people set


@dataclass(frozen=True)
class Column:
    """A labelled value of a case, of [[summary]] or [[register]]."""

    label: str = declared(declarations.TEXT, "", "What stands before the value, or over the column.")
    value: str = declared(declarations.FORMULA, "", "The value.")
    type: str = declared(declarations.TEXT, "text", "How a register shows and sorts it: a form-js type such as number or date.")
    total: str = declared(declarations.CHOICE, "sum", "What stands under a register's column of numbers.", choices=TOTALS)
    drawn_label: str = ""  # where the label stands here in another language: that of the file

    @property
    def name(self) -> str:
        """What reports and expressions call the column, whoever reads."""
        return self.drawn_label or self.label


@dataclass(frozen=True)
class Instructions:
    """The table [instructions]."""

    start: str = declared(declarations.TEXT, "", "Shown above the start form.")


@dataclass(frozen=True)
class Settings:
    """workflow.toml; `may_start` is None where it says nothing."""

    title: str = declared(declarations.TEXT, "", "What people call the process; else the diagram's name.")
    category: str = declared(declarations.TEXT, "", "Under which heading the process stands.")
    description: str = declared(declarations.TEXT, "", "A sentence on the process, for the list of processes.")
    order: int = declared(declarations.NUMBER, 100, "The place in lists: smaller comes first.")
    number: str = declared(
        declarations.PATTERN,
        numbers.DEFAULT_PATTERN,
        "The number of a case, given at its start and never twice; {date}, {year} and {month} may stand in it.",
    )
    may_start: tuple[str, ...] | None = declared(
        declarations.GROUPS,
        None,
        "Who may start it: * is everybody, an empty list nobody (it is called, or started by an event); "
        "unsaid, only who could say it: its owners and administrators.",
    )
    managers: tuple[str, ...] = declared(declarations.GROUPS, (), "See and steer every case, may cancel it.")
    owners: tuple[str, ...] = declared(declarations.GROUPS, (), "Draw its next version and publish it.")
    second_release: bool = declared(
        declarations.SWITCH,
        False,
        "Whether a new version is released by a second person, who neither asked for it nor saved it last.",
    )
    scenarios: str = declared(
        declarations.CHOICE,
        "",
        "What is done where a scenario fails or a sequence flow is taken by none when a new version is published: `warn` or "
        "`forbid`; unsaid, what the company's policy says.",
        choices=("", *UNPROVEN),
    )
    visible_to: tuple[str, ...] = declared(declarations.GROUPS, (), "May read every case.")
    initiator_may_cancel: bool = declared(
        declarations.SWITCH, True, "Whether whoever started a case may cancel it while it runs."
    )
    title_of_case: str = declared(declarations.FORMULA, "", "The title of a case in every list.")
    due: str = declared(declarations.DEADLINE, "", "The deadline of the whole case, counted from its start.")
    warn: str = declared(declarations.DEADLINE, "", "How long before that deadline its managers are warned.")
    calendar: str = declared(
        declarations.CALENDAR, "", "The working calendar by which its deadlines, timers and working days are counted."
    )
    summary: tuple[Column, ...] = declared(declarations.TABLES, (), "At most five labelled values that lists and pages show.")
    searched: tuple[str, ...] = declared(
        declarations.FORMULAS,
        (),
        "Values by which lists find a case, beside its number, title and summary; personal data is found as lists show it.",
    )
    register: tuple[Column, ...] = declared(declarations.TABLES, (), "The columns of the register (台账) of its cases.")
    start_instructions: str = declared(declarations.TABLE, "", "Words above forms: the text start.", name="instructions")
    public: terms.Public | None = declared(
        declarations.TABLE, None, "The page on which customers file and follow a case without signing in."
    )
    secrecy: str = declared(
        declarations.CHOICE,
        "内部",
        "The level of secrecy of its cases: notices that leave hold their titles only up to the level that the company allows.",
        choices=SECRECY,
    )
    retention: str = declared(
        declarations.PERIOD,
        "",
        "How long a finished case is kept before it is removed, where the company removes cases; without it, for ever.",
    )
    paper: tuple[terms.Paper, ...] = declared(declarations.TABLES, (), "Forms printed from a case, by template and title.")
    texts: Mapping[str, Mapping[str, str]] = declared(
        declarations.TABLE,
        None,
        "What the process says to people in other languages, by language: the files `texts.LANGUAGE.toml` beside it.",
    )


def read(raw: Mapping[str, Any]) -> Settings:
    """workflow.toml as `Settings`; what is wrong with it is told by `problems`, here it falls back to the default."""
    given = {name: _value(name, raw[name]) for name in raw.keys() & _NAMES if not _fault(name, raw[name])}
    if "instructions" in given:
        given["start_instructions"] = given.pop("instructions")
    return Settings(**given)


def own(stored: Mapping[str, Any]) -> dict[str, Any]:
    """What people set, without the versions that a deployment bound; an uploaded diagram brings none and goes on with it."""
    return {name: value for name, value in stored.items() if name not in BOUND}


def problems(raw: Mapping[str, Any], functions: Collection[str] | None = None) -> list[Problem]:
    """What is wrong with a workflow.toml: unknown keys, wrong types, a number pattern without count, bad expressions.

    `functions`: the look-ups that its expressions may call; None leaves calls unchecked.
    """
    faults = [_problem(*declarations.unknown(name, _NAMES)) for name in sorted(raw.keys() - _NAMES - BOUND)]
    if files.TEXTS in raw:
        faults += [_problem(*told) for told in files.faults(raw[files.TEXTS])]
    for name in sorted(raw.keys() & _NAMES):
        faults += [_problem(*told) for told in _unknown_within(name, raw[name])]
        fault = _fault(name, raw[name])
        if fault:
            faults.append(_problem(fault, {"name": name}))
    return faults or [_problem(*told) for told in _unreadable(read(raw), functions)]


def misshapen(raw: Mapping[str, Any]) -> str:
    """The first setting whose value is not even of its kind (a text where a list belongs), as no page could show it; empty for none."""
    kinds = declarations.settings_of(Settings)
    return next((name for name in sorted(raw.keys() & _NAMES) if not _has_shape(name, kinds[name].type, raw[name])), "")


def _has_shape(name: str, type: str, value: Any) -> bool:
    if type == declarations.TABLE:
        is_nested = name == files.TEXTS
        tables = (value, *value.values()) if is_nested and isinstance(value, Mapping) else (value,)
        said = (each for table in tables[1:] if isinstance(table, Mapping) for each in table.values())
        return all(isinstance(table, Mapping) for table in tables) and all(isinstance(each, str) for each in said)
    if type == declarations.TABLES:
        return isinstance(value, list) and all(isinstance(each, Mapping) and all(map(_is_one, each.values())) for each in value)
    if type in (declarations.GROUPS, declarations.FORMULAS):
        return isinstance(value, list) and all(isinstance(each, str) for each in value)
    return _is_one(value)


def _is_one(value: Any) -> bool:
    return isinstance(value, str | int | float)


_NAMES = declarations.settings_of(Settings).keys()
_COLUMNS = ("summary", "register")
_TABLES: Mapping[str, type] = {
    "summary": Column,
    "register": Column,
    "instructions": Instructions,
    "paper": terms.Paper,
    "public": terms.Public,
}


def _value(name: str, value: Any) -> Any:
    if name in _COLUMNS:
        return tuple(
            Column(**{each: row[each] for each in row.keys() & declarations.settings_of(Column).keys()}) for row in value
        )
    if name == "public":
        return terms.read(value)
    if name == "paper":
        return terms.papers(value)
    if name == files.TEXTS:
        return {} if any(files.faults(value)) else value
    if name == "instructions":
        return str(value.get("start", ""))
    return tuple(value) if isinstance(value, list) else value


def _unknown_within(name: str, value: Any) -> Iterator[declarations.Told]:
    """Unknown names in a table, as `table.name`."""
    rows = value if isinstance(value, list) else [value]
    for row in rows if name in _TABLES else ():
        known = declarations.settings_of(_TABLES[name])
        for each in sorted(row.keys() - known.keys()) if isinstance(row, Mapping) else ():
            yield declarations.unknown(f"{name}.{each}", [f"{name}.{one}" for one in known])


def _fault(name: str, value: Any) -> str | None:
    if name in _COLUMNS:
        return None if _are_columns(value, name) else WRONG_COLUMNS
    if name == "public":
        return None if terms.is_fine(value) else terms.FAULT
    if name == "paper":
        return None if terms.papers(value) is not None else WRONG_PAPERS
    return declarations.fault(declarations.settings_of(Settings)[name], value)


def _are_columns(value: Any, name: str) -> bool:
    if not isinstance(value, list) or (name == "summary" and len(value) > MAX_SUMMARY):
        return False
    return all(isinstance(row, Mapping) and _is_column(row) for row in value)


def _is_column(row: Mapping[str, Any]) -> bool:
    declared_here = declarations.settings_of(Column)
    is_whole = {"label", "value"} <= row.keys()
    return is_whole and not any(
        declarations.fault(declared_here[each], row[each]) for each in row.keys() & declared_here.keys()
    )


def _unreadable(settings: Settings, functions: Collection[str] | None) -> Iterator[declarations.Told]:
    message = "The setting %(name)s holds an expression that cannot be read: %(text)s (%(reason)s)"
    for name, text in _expressions(settings):
        if reason := unreadable(text, functions):
            yield message, {"name": name, "text": text, "reason": reason}
    for name in ("due", "warn"):
        if not feel.is_expression(getattr(settings, name)):
            yield from declarations.deadline(name, getattr(settings, name))


def _expressions(settings: Settings) -> Iterator[tuple[str, str]]:
    for name in ("title_of_case", "due", "warn"):
        yield name, getattr(settings, name)
    yield from (("searched", text) for text in settings.searched)
    for name in _COLUMNS:
        for column in getattr(settings, name):
            yield name, column.value
    if settings.public is not None:
        yield from (("public", text) for text in terms.expressions(settings.public))


def _problem(message: str, values: Mapping[str, object]) -> Problem:
    return Problem("", "", message, values)
