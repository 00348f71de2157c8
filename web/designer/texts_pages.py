"""What a process says to people in another language: a table of its texts, those without a translation first."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import flask
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from sqlalchemy.orm import Session

from engine import errors
from engine.definitions.languages import wording
from engine.designing.editing import package_texts
from engine.designing.packages import Package
from engine.people import organisation
from engine.queries.designer import drawing_page
from web.account import auth
from web.designer import requests
from web.frame import flashes, i18n, storage

blueprint = flask.Blueprint("process_texts", __name__)
KINDS = {
    wording.PROCESS: lazy_gettext("Process"),
    wording.STEP: lazy_gettext("Step"),
    wording.LANE: lazy_gettext("Lane"),
    wording.FLOW: lazy_gettext("Sequence flow"),
    wording.BUTTON: lazy_gettext("Button"),
    wording.FORM: lazy_gettext("Form"),
    wording.COLUMN: lazy_gettext("Summary and register"),
    wording.PAPER: lazy_gettext("Paper"),
    wording.PUBLIC: lazy_gettext("Public page"),
    wording.NOTICE: lazy_gettext("Notice"),
    wording.TABLE: lazy_gettext("Decision table"),
    wording.PICTURE: lazy_gettext("Diagram"),
    wording.TITLE: lazy_gettext("Title of cases"),
}
LONG = 40  # letters from which a translation is typed into several lines
SHOWN = 80  # of a text that a finding quotes


@blueprint.get("/designer/<int:key>/texts")
def show(key: int) -> str:
    """All texts of the draft's process with their translations."""
    with storage.reading() as session:
        drawing = drawing_page.drawing(session, auth.current_actor(), key)
        return _drawn(session, drawing, Package(drawing.files, drawing.settings), {})


@blueprint.post("/designer/<int:key>/texts")
def save(key: int) -> Any:
    """Keeps in the draft what was changed of the translations that the page showed.

    What is wrong, or was changed by a colleague too, is told at its line; then what was typed stays there, and nothing is kept.
    """
    texts, said = ([each.replace("\r\n", "\n") for each in flask.request.form.getlist(name)] for name in ("text", "said"))
    by, revision, given = auth.current_actor(), requests.revision(), dict(zip(texts, said, strict=False))
    try:
        with storage.transaction() as session:
            package_texts.keep(session, by, key, revision, _language(), given, now=storage.now())
    except package_texts.NotKept as refused:
        with storage.reading() as session:
            drawing = drawing_page.drawing(session, by, key)
            return _drawn(session, drawing, refused.package, {**_clashes(refused), **_faults(refused.faults)}), 422
    flashes.say(_("The translations are kept in the draft. They hold once it is published."))
    return flask.redirect(flask.url_for("process_texts.show", key=key, language=_language()), 303)


def _drawn(session: Session, drawing: drawing_page.Drawing, package: Package, faults: Mapping[str, str]) -> str:
    chosen = _language()
    texts = package_texts.of_draft(package, drawing.process_id, chosen, _company(session))
    title = _("Texts of %(name)s", name=drawing.name)
    return flask.render_template(
        "designer/texts.html",
        title=title,
        drawing=drawing,
        texts=texts,
        faults=faults,
        kinds=KINDS,
        chosen=chosen,
        offered=i18n.LANGUAGES,
        html_languages=i18n.HTML_LANGUAGES,
        long=LONG,
        shown=SHOWN,
    )


def _language() -> str:
    """Into which language is translated. Raises NotFound for one that the pages do not speak."""
    chosen: str = flask.request.values.get("language", "en")
    if chosen not in i18n.LANGUAGES:
        raise errors.NotFound("There is nothing here under this address, or you may not view it.")
    return chosen


def _company(session: Session) -> organisation.Organisation:
    by = auth.current_actor()
    return organisation.at_version(session, by.company_id, by.organisation_version)


def _faults(problems: list[Any]) -> dict[str, str]:
    """What is wrong, by the text as a finding quotes it."""
    return {str(each.values.get("text", "")): i18n.worded(each.refusal) for each in problems}


def _clashes(refused: package_texts.NotKept) -> dict[str, str]:
    """What a colleague made meanwhile of what was translated too, by the text as a finding quotes it."""
    kept = _("Kept once more, yours takes its place.")
    return {
        text[
            :SHOWN
        ]: f"{_('%(name)s has changed this meanwhile: %(value)s.', name=refused.name.read(i18n.language()), value=said)} {kept}"
        for text, said in refused.clashes.items()
    }
