"""A company as the folder that `deploy` reads: what the database holds now, the same bytes for the same content."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import simplejson
from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.basics import toml_texts
from engine.definitions import company_settings, declarations
from engine.definitions import settings as texts
from engine.definitions.languages import files as languages
from engine.deploying import folders
from engine.deploying.company_files import calendar_files, calendar_marks, role_files, seeding, sign_in_files
from engine.deploying.company_files.companies import FILE
from engine.people import organisation, posts
from engine.storage import models

BPMN, WORKFLOWS = "bpmn", "workflows"
SETTINGS_FILE = "workflow.toml"
COLUMNS = {"disabled": "is_disabled", "closed": "is_closed"}  # of names in a file that are not the column's
MADE_HERE = (
    "demo",
    "administrators",
    "sign_in",
    "department",
    "group",
    "person",
    "working_calendar",
)  # not columns of the company
UNUSED_FORMS = "forms"  # the folder of forms that were published without one


@dataclass
class Export:
    """The files by their paths, and what cannot be said in files, a sentence each.

    `walked` are the folders of scenarios of which all is known.
    """

    files: dict[str, bytes] = field(default_factory=dict)
    left: list[str] = field(default_factory=list)
    walked: set[str] = field(default_factory=set)


def export(session: Session, company_id: str) -> Export:
    """Everything of a company that `deploy` reads: organisation, calendar, processes, forms, decisions, settings.

    Passwords, secrets, second factors, cases and records are not in it. Raises NotFound for an unknown company.
    """
    company, made = organisation.current(session, company_id), Export()
    home = f"{WORKFLOWS}/{company_id}"
    said = _company(session, company_id)
    own, texts_said = languages.parted(said.pop("settings", {}))
    made.files[f"{home}/{FILE}"] = toml_texts.dumps({**said, "settings": own or None}).encode()
    made.files |= _texts(home, texts_said)
    for name, content in {**calendar_files.files(session, company), **calendar_marks.file(session, company)}.items():
        made.files[f"{home}/{calendar_files.FOLDER}/{name}"] = content
    _diagrams(session, company_id, made)
    _decisions(session, company_id, made)
    _forms(session, company_id, made)
    return made


def write(made: Export, target: Path) -> None:
    """Writes the files below `target`; of what lies there in the same company's folders, only files not in it are removed."""
    roots = sorted({target.joinpath(*Path(name).parts[:2]) for name in made.files})
    for name, content in made.files.items():
        path = target / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.is_file() or path.read_bytes() != content:
            path.write_bytes(content)
    for root in roots:
        for path in sorted(root.rglob("*"), reverse=True):
            is_ours = _is_ours(path) or path.parent.relative_to(target).as_posix() in made.walked
            if is_ours and path.is_file() and str(path.relative_to(target)) not in made.files:
                path.unlink()


def _is_ours(path: Path) -> bool:
    """Whether `deploy` would read the file; what else lies there (notes) is left alone."""
    is_texts = languages.FILE.fullmatch(path.name) is not None
    return path.is_file() and (is_texts or path.suffix in (".bpmn", ".dmn", ".form") or path.name in (FILE, SETTINGS_FILE))


def _company(session: Session, company_id: str) -> dict[str, Any]:
    """The company.toml: every declared name whose value is not the default."""
    row = session.execute(select(models.Company).where(models.Company.id == company_id)).scalar_one()
    people = _rows(session, models.Person, company_id, "username")
    groups, held = seeding.groups_of(session, company_id), posts.names(session, company_id)
    former, given = seeding.former_names(session, company_id), role_files.of_company(session, company_id)
    for name in _named_groups(row.settings):
        groups.setdefault(former.get(name, name), {"members": [], "rules": []})
    said = _said("", row, but=MADE_HERE)
    said["administrators"] = [each.username for each in people if each.is_administrator]
    said |= {name: _sorted(getattr(row, name)) for name in ("settings", "about", "policy")}
    said["sign_in"] = sign_in_files.of_company(session, company_id)
    calendars = _rows(session, models.WorkingCalendar, company_id, "name")
    said["working_calendar"] = [_said("working_calendar", each) for each in calendars]
    departments = _rows(session, models.Department, company_id, "id")
    said["department"] = [_said("department", each) for each in departments]
    said["group"] = [{"name": name, **_group(groups[name], former, name)} for name in sorted(groups)]
    said["person"] = [
        _said("person", each, but=("posts", "roles"))
        | {name: of[each.username] for name, of in (("posts", held), ("roles", given)) if each.username in of}
        for each in people
    ]
    return {name: value for name, value in said.items() if value not in ([], {})}


def _said(place: str, row: Any, *, but: Iterable[str] = ()) -> dict[str, Any]:
    """The declared settings of a table of the file, from the columns of a row; defaults are left out."""
    declared = declarations.settings_of(company_settings.TABLES[place])
    values = {name: getattr(row, COLUMNS.get(name, name)) for name in declared if name not in but}
    return {name: value for name, value in values.items() if value not in (None, "") and not _is_default(declared[name], value)}


def _is_default(setting: declarations.Setting, value: Any) -> bool:
    default = list(setting.default) if isinstance(setting.default, tuple) else setting.default
    return bool(value == default)


def _rows(session: Session, model: Any, company_id: str, order: str) -> list[Any]:
    mine = select(model).where(model.company_id == company_id).order_by(getattr(model, order))
    return sorted(session.execute(mine).scalars(), key=lambda each: getattr(each, order))  # databases sort in their own ways


def _group(values: Mapping[str, list[str]], former: Mapping[str, str], name: str) -> dict[str, list[str]]:
    """A group's members, and what it was called and is filled by, where there is any."""
    said = {"members": sorted(values["members"]), "rules": sorted(values["rules"])}
    said["formerly"] = sorted(old for old, present in former.items() if present == name)
    return {each: value for each, value in said.items() if value or each == "members"}


def _named_groups(settings: Mapping[str, Any]) -> list[str]:
    """Groups that the record policy names: they stand in the file though nobody may be in them."""
    policy = settings.get("records", {})
    return [*policy.get("readers", []), *policy.get("keepers", [])]


def _diagrams(session: Session, company_id: str, made: Export) -> None:
    newest = _newest(session, models.ProcessDefinition, "process_id", company_id)
    for row in newest.values():
        name = _file_name(made, f"{BPMN}/{company_id}", row.resource_name, row.process_id, row.xml)
        made.files[name] = row.xml
        own, said = languages.parted(texts.own(row.settings))
        made.files[f"{WORKFLOWS}/{company_id}/{row.process_id}/{SETTINGS_FILE}"] = (
            toml_texts.dumps(own).encode() if own else b""
        )
        made.files |= _texts(f"{WORKFLOWS}/{company_id}/{row.process_id}", said)
        home = f"{WORKFLOWS}/{company_id}/{row.process_id}/{folders.SCENARIOS}"
        if row.scenarios is not None:
            made.walked.add(home)
        made.files |= {f"{home}/{each}.toml": text.encode() for each, text in (row.scenarios or {}).items()}
        for other in sorted(folders.process_ids(row.xml) & newest.keys()):
            if newest[other].xml != row.xml:
                made.left.append(f"{name} holds the process {other} too, as it was before it was published by itself")


def _texts(home: str, said: Mapping[str, Mapping[str, str]]) -> dict[str, bytes]:
    """The files of texts of a folder."""
    return {f"{home}/{languages.name(each)}": languages.written(texts).encode() for each, texts in said.items() if texts}


def _decisions(session: Session, company_id: str, made: Export) -> None:
    newest = _newest(session, models.DecisionDefinition, "decision_id", company_id)
    last: dict[str, Any] = {}
    for row in sorted(newest.values(), key=lambda each: (each.deployment_key, each.decision_id)):
        last[row.resource_name] = row
    for row in newest.values():
        if last[row.resource_name].xml != row.xml:
            made.left.append(f"the decision {row.decision_id} is no longer in its file {row.resource_name}")
        else:
            name = _file_name(made, f"{BPMN}/{company_id}", row.resource_name, row.decision_id, row.xml)
            made.files[name] = row.xml


def _forms(session: Session, company_id: str, made: Export) -> None:
    for row in _newest(session, models.FormDefinition, "form_id", company_id).values():
        content = (simplejson.dumps(row.schema, use_decimal=True, ensure_ascii=False, indent=2) + "\n").encode()
        folder, _, name = row.resource_name.rpartition("/")
        home = f"{WORKFLOWS}/{company_id}/{folder.rpartition('/')[2] or UNUSED_FORMS}"
        made.files[_file_name(made, home, name, row.form_id, content)] = content


def _file_name(made: Export, folder: str, resource_name: str, id: str, content: bytes) -> str:
    """The file's own name; where another content has it already, the id's."""
    name = Path(resource_name).name
    path = f"{folder}/{name}"
    return path if made.files.get(path, content) == content else f"{folder}/{id}{Path(name).suffix}"


def _newest(session: Session, model: Any, id_name: str, company_id: str) -> dict[str, Any]:
    mine = select(model).where(model.company_id == company_id).order_by(model.version)
    rows = {getattr(row, id_name): row for row in session.execute(mine).scalars()}
    return dict(sorted(rows.items()))


def _sorted(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _sorted(value[name]) for name in sorted(value)}
    return [_sorted(each) for each in value] if isinstance(value, list) else value
