"""What somebody keeps for himself in the inbox: phrases for opinions, views of the list, the columns of each list."""

from __future__ import annotations

from typing import Any

from engine import errors
from engine.queries.api import fields
from engine.storage.models import Phrase, SavedView
from engine.verbs.sharing import list_layouts, phrases, saved_views
from web.account import auth
from web.api.access.blueprint import blueprint
from web.api.extensions import PREFIX
from web.api.shapes import schemas, wrong
from web.frame import storage

PHRASES, VIEWS, LAYOUT = f"{PREFIX}/phrases", f"{PREFIX}/views", f"{PREFIX}/list-layouts/<name>"


@blueprint.get(PHRASES)
def list_phrases() -> dict[str, Any]:
    """One's own phrases, then the company's."""
    with storage.reading() as session:
        return {"items": [_phrase(each) for each in phrases.known(session, auth.current_actor())]}


@blueprint.post(PHRASES)
@blueprint.input(schemas.PhraseKept, arg_name="body")
def add_phrase(body: schemas.PhraseKept) -> dict[str, Any]:
    """Keep a phrase for opinions; for everybody by administrators."""
    with wrong.by_members(schemas.PhraseKept.model_fields), storage.transaction() as session:
        return {"key": str(phrases.add(session, auth.current_actor(), body.text, for_all=body.forAll).key)}


@blueprint.delete(f"{PHRASES}/<key>")
def remove_phrase(key: str) -> tuple[str, int]:
    """Remove a phrase."""
    with storage.transaction() as session:
        phrases.remove(session, auth.current_actor(), fields.key(key))
    return "", 204


@blueprint.get(VIEWS)
def list_views() -> dict[str, Any]:
    """One's own views of the inbox, then those that are shared with one."""
    with storage.reading() as session:
        by = auth.current_actor()
        return {"items": [_view(each, each.username == by.username) for each in saved_views.known(session, by)]}


@blueprint.post(VIEWS)
@blueprint.input(schemas.ViewKept, arg_name="body")
def save_view(body: schemas.ViewKept) -> dict[str, Any]:
    """Keep a search and filters of the inbox under a name, in place of what was kept under it before."""
    with wrong.by_members(schemas.ViewKept.model_fields), storage.transaction() as session:
        by, query = auth.current_actor(), body.query.model_dump()
        made = saved_views.save(session, by, body.name, query, shared_with=body.sharedWith, now=storage.now())
        return {"key": str(made.key)}


@blueprint.delete(f"{VIEWS}/<key>")
def remove_view(key: str) -> tuple[str, int]:
    """Remove a view of one's own."""
    with storage.transaction() as session:
        saved_views.remove(session, auth.current_actor(), fields.key(key))
    return "", 204


@blueprint.get(LAYOUT)
def get_list_layout(name: str) -> dict[str, Any]:
    """The columns of a list as one sees them: open, done, started, copies, consulted or followed."""
    with storage.reading() as session:
        layout = list_layouts.layout_of(session, auth.current_actor(), name)
    columns = [{"name": each.name, "isShown": each.is_shown, "width": each.width} for each in layout.columns]
    return {"columns": columns, "isOwn": layout.is_own}


@blueprint.put(LAYOUT)
@blueprint.input(schemas.LayoutKept, arg_name="body")
def keep_list_layout(name: str, body: schemas.LayoutKept) -> tuple[str, int]:
    """Choose the columns of a list, in this order; those that are not named are hidden."""
    columns = [list_layouts.LaidColumn(each.name, each.isShown, each.width) for each in body.columns]
    if len({each.name for each in columns}) < len(columns):
        raise errors.Invalid("A column is named twice.")
    with storage.transaction() as session:
        list_layouts.save(session, auth.current_actor(), name, columns)
    return "", 204


@blueprint.delete(LAYOUT)
def reset_list_layout(name: str) -> tuple[str, int]:
    """Lay the list out as usual again."""
    with storage.transaction() as session:
        list_layouts.reset(session, auth.current_actor(), name)
    return "", 204


def _phrase(row: Phrase) -> dict[str, Any]:
    return {"key": str(row.key), "text": row.text, "forAll": row.username == phrases.COMPANY}


def _view(row: SavedView, is_own: bool) -> dict[str, Any]:
    query = {name: row.query.get(name, "") for name in saved_views.NAMES}
    return {"key": str(row.key), "name": row.name, "query": query, "sharedWith": row.shared_with, "isOwn": is_own}
