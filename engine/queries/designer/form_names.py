"""What people call the forms that a diagram may name: by their headings, or the steps and public pages that show them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session

from engine.definitions.definitions import Definition
from engine.designing import packages
from engine.designing.editing import draft_files
from engine.people.actors import Actor
from engine.queries.designer import naming
from engine.queries.designer.naming import PanelChoice
from engine.storage.models import FormDefinition

SHOWN_BY = ("userTask", "startEvent")


def choices(session: Session, by: Actor, package: packages.Package, processes: Collection[Definition]) -> list[PanelChoice]:
    """The forms of a draft, then all others of the company, each with the process that it is of; `processes` are the newest.

    Alike called ones have their ids beside them. One statement.
    """
    files = draft_files.listed(package.files, package.settings)
    own = {id: each.title for each in files if each.kind == "form" for id in each.ids}
    others = _published(session, by, own, processes)
    return naming.told_apart(PanelChoice(*each) for each in (*_sorted(own), *_sorted(others)))


def _sorted(titles: Mapping[str, str]) -> list[tuple[str, str]]:
    return sorted(titles.items(), key=lambda each: (each[1], each[0]))


def _published(session: Session, by: Actor, own: Collection[str], processes: Collection[Definition]) -> dict[str, str]:
    """The newest of each form that the draft does not hold, by id."""
    form = FormDefinition
    newest = select(form.form_id, func.max(form.version).label("version")).where(form.company_id == by.company_id)
    last = newest.group_by(form.form_id).subquery()
    same = (form.company_id == by.company_id, form.form_id == last.c.form_id, form.version == last.c.version)
    rows = session.execute(select(form.form_id, form.schema).join(last, and_(*same))).all()
    shown = {row.form_id: list(_uses(row.form_id, processes)) for row in rows}
    return {row.form_id: _called(session, row.schema, shown[row.form_id]) for row in rows if row.form_id not in own}


def _uses(form_id: str, processes: Collection[Definition]) -> Iterator[tuple[str, str]]:
    """The processes that show a form, each with the name of the step or public page that does."""
    for each in processes:
        public = each.settings.public
        if public is not None and public.form == form_id:
            yield each.title, public.title
        for element in each.program.elements.values():
            if element.form_id == form_id and element.type in SHOWN_BY:
                yield each.title, element.name.strip()


def _called(session: Session, schema: Mapping[str, Any], uses: Collection[tuple[str, str]]) -> str:
    steps = dict.fromkeys(step for _process, step in uses if step)
    title = draft_files.form_title(schema) or naming.listed(session, steps) or naming.listed(session, _parts(schema))
    of = {process for process, _step in uses}
    return " · ".join(filter(None, (title, next(iter(of)) if len(of) == 1 else "")))


def _parts(schema: Mapping[str, Any]) -> Iterator[str]:
    """What the parts of a form are headed, for one that nothing shows."""
    components = schema.get("components")
    labels = (each.get("label") for each in components if isinstance(each, dict)) if isinstance(components, list) else ()
    return (str(each) for each in labels if each)
