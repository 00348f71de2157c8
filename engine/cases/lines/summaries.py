"""What lists show of a case: its title, summary and register line, worked out from its variables by the process's settings."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from zoneinfo import ZoneInfo

from engine import errors, feel
from engine.cases import cases
from engine.cases.cases import Case, Surroundings
from engine.cases.lines import found_by_record, register_lines, wording, words
from engine.cases.personal import personal_data
from engine.definitions import definitions
from engine.storage.models import ProcessInstance

MAX_TITLE = 200
MAX_VALUE = 500


def refresh(case: Case) -> None:
    """Works them out anew; they are written with the row's other changes, and only if they changed."""
    chosen, before = case.definition.settings, case.instance.register
    told = chosen.title_of_case or chosen.summary or chosen.searched or chosen.register
    if not (told or found_by_record.choosing(case.definition)) and before is None:
        return
    shown = personal_data.of_case(case).variables(case.run.variables())  # lists show them to more people than the case
    context = _context(shown, before)
    title = _text(case, chosen.title_of_case, context)[:MAX_TITLE] or case.definition.title
    summary = [{"label": each.label, "value": _text(case, each.value, context)[:MAX_VALUE]} for each in chosen.summary]
    line = _line(case.around, case.instance, case.definition, lambda text: case.evaluate(text, context))
    values = [*(each["value"] for each in summary), *(_text(case, text, context) for text in chosen.searched)]
    values += found_by_record.of_case(case.definition, case.run.variables())
    found_by = words.of_case(case.instance.number, title, values)
    case.words_changed = found_by != case.instance.words
    for name, value in (("title", title), ("summary", summary), ("register", line), ("words", found_by)):
        if value != getattr(case.instance, name):
            setattr(case.instance, name, value)


def renew_line(
    around: Surroundings, instance: ProcessInstance, columns: register_lines.Columns | None = None, *, stars: Any = None
) -> None:
    """Works the register line of a locked case out anew, running or over; with other columns, or what the customer gave."""
    definition = definitions.by_key(around.session, instance.definition_key)
    if stars is not None:
        instance.register = {**(instance.register or {}), "rating": stars}
    known = cases.variables(around.session, instance, now=around.now)
    context = _context(personal_data.masked(definition, known, cases.persons(instance)), instance.register)
    look_ups, clock = around.functions(instance), around.local_now

    def evaluate(text: str) -> Any:
        if not feel.is_expression(text):
            return text
        return feel.to_json(feel.evaluate(feel.body(text), context, functions=look_ups, now=clock))

    instance.register = _line(around, instance, definition, evaluate, columns)


def _line(
    around: Surroundings,
    instance: ProcessInstance,
    definition: definitions.Definition,
    evaluate: Callable[[str], Any],
    columns: register_lines.Columns | None = None,
) -> dict[str, Any] | None:
    before = instance.register
    if columns is None:
        company, own = instance.company_id, definition.settings.register
        columns = register_lines.columns_for(around.session, company, instance.process_id, own, before)
    if not columns and before is None:
        return None
    return register_lines.worked_out(columns, evaluate, ZoneInfo(around.organisation.time_zone), before)


def _context(shown: dict[str, Any], line: Mapping[str, Any] | None) -> dict[str, Any]:
    """What the expressions see, masked already."""
    shown.setdefault(register_lines.RATING, (line or {}).get("rating"))
    return {name: feel.from_json(value) for name, value in shown.items()}


def _text(case: Case, text: str, context: Mapping[str, Any]) -> str:
    """A summary that cannot be worked out yet, or whose look-up is refused, is left empty: it must never stop the case."""
    if not text:
        return ""
    try:
        return wording.in_words(case.evaluate(text, context), ZoneInfo(case.around.organisation.time_zone))
    except errors.Refusal:
        return ""
