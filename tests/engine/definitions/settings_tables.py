"""The tables of settings in docs/modelling.md, made from their declarations: `python -m tests.engine.definitions.settings_tables`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from babel.messages.pofile import read_po

from engine.definitions import company_settings, declarations, settings, task_settings, terms

ROOT = Path(__file__).parents[3]
DOCUMENT = ROOT / "docs/modelling.md"
PLACES: dict[str, type] = {
    "user tasks": task_settings.TaskSettings,
    "steps": task_settings.StepSettings,
    "end events": task_settings.EndSettings,
    "workflow.toml": settings.Settings,
    "summary and register": settings.Column,
    "public": terms.Public,
    "company.toml": company_settings.CompanyTable,
    "settings.bounds": company_settings.BoundsTable,
    "settings.records": company_settings.RecordsTable,
    "settings.notices": company_settings.NoticesTable,
    "policy": company_settings.PolicyTable,
    "sign_in": company_settings.SignInTable,
    "sign_in.way": company_settings.WayTable,
    "working_calendar": company_settings.WorkingCalendarTable,
    "department": company_settings.DepartmentTable,
    "group": company_settings.GroupTable,
    "person": company_settings.PersonTable,
}
_TABLE = re.compile(r"<!-- settings: (.+?) -->\n(.*?)<!-- end -->", re.DOTALL)


def table(place: str) -> str:
    """The declarations of a place as a Markdown table, English and Chinese."""
    chinese = _chinese()
    rows = [
        f"| `{each.name}` | {_type(each)} | {_default(each)} | {each.meaning} {chinese[each.meaning]} |"
        for each in declarations.settings_of(PLACES[place]).values()
    ]
    return "\n".join(["| name | value | default | meaning / 含义 |", "|---|---|---|---|", *rows, ""])


def tables(document: str) -> Iterator[tuple[str, str]]:
    """Place and text of each table that stands in the document."""
    return ((found[1], found[2]) for found in _TABLE.finditer(document))


def renewed(document: str) -> str:
    """The document with its tables made anew."""
    return _TABLE.sub(lambda found: f"<!-- settings: {found[1]} -->\n{table(found[1])}<!-- end -->", document)


def _type(setting: declarations.Setting) -> str:
    return ", ".join(f"`{each}`" for each in setting.choices) or setting.type


def _default(setting: declarations.Setting) -> str:
    if isinstance(setting.default, bool):
        return f"`{str(setting.default).lower()}`"
    if isinstance(setting.default, tuple):
        return ", ".join(f"`{each.id if isinstance(each, task_settings.Outcome) else each}`" for each in setting.default)
    return f"`{setting.default}`" if setting.default not in (None, "") else ""


def _chinese() -> dict[str, str]:
    with (ROOT / "translations/settings/zh_Hans/LC_MESSAGES/messages.po").open("rb") as file:
        return {str(message.id): str(message.string) for message in read_po(file) if message.id}


if __name__ == "__main__":
    DOCUMENT.write_text(renewed(DOCUMENT.read_text(encoding="utf-8")), encoding="utf-8")
