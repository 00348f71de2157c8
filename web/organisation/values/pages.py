"""The company's own values: shown by process, changed together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import flask
from flask_babel import gettext as _
from flask_babel import ngettext

from engine import errors
from engine.basics.letters import pinyin
from engine.definitions.values import value_uses
from engine.people.organisation import Organisation
from engine.queries.organisation import log, reading, value_page
from engine.verbs.organisation import own_values
from web.account import auth
from web.frame import flashes, storage
from web.organisation import fields, words
from web.organisation.values import value_fields

blueprint = flask.Blueprint("own_values", __name__, url_prefix="/organisation/values")
MOST_CHANGES, MOST_OFFERED = 10, 20


@blueprint.get("")
def index() -> str:
    """All values."""
    return _page({})


@blueprint.post("")
def save() -> Any:
    """Stores those that were changed, all or none."""
    is_sure = flask.request.form.get("sure") == "yes"
    try:
        with storage.transaction() as session:
            by = auth.current_actor()
            company = reading.company(session, by)
            sent = {line.value.name: value_fields.wanted(line, company) for line in value_page.lines(session, by)}
            if value_fields.named() - sent.keys():  # a deployment took them away meanwhile
                raise errors.Overtaken(own_values.NOTHING_SAVED)
            wanted = {name: each for name, each in sent.items() if each is not None}
            changed = own_values.save(session, by, wanted, now=storage.now(), is_sure=is_sure)
    except own_values.Unsure as refusal:
        return _page({}, unsure=refusal), 409
    except errors.Overtaken as refusal:
        return _page(_above(refusal), is_fresh=True), 409
    except errors.Invalid as refusal:
        return _page(_above(refusal)), 422
    told = ngettext("%(num)s value is changed.", "%(num)s values are changed.", len(changed))
    flashes.say(told if changed else _("Nothing was changed: all values are as they were."))
    return flask.redirect(flask.url_for("own_values.index", **_narrowed()))


@blueprint.get("/find")
def find() -> str:
    """Groups and people that a field offers for what is typed."""
    text = next((value for value in flask.request.args.values() if value), "")[:100]
    with storage.reading() as session:
        company = reading.company(session, auth.current_actor())
        groups = [(name, _("Group")) for name in _groups(company) if pinyin.matches(name, text)]
        offered = [*groups[:MOST_OFFERED], *(fields.offered(company, text) if text else [])]
    return flask.render_template("organisation/offered.html", found=offered)


def _in_readers_words(
    unsure: own_values.Unsure, lines: Iterable[value_page.ValueLine], running: Mapping[str, int]
) -> own_values.Unsure:
    """The same question: a session that changes something knows processes as they are drawn."""
    return own_values.Unsure([each.value for each in lines if each.value.name in unsure.switched], running)


def _groups(company: Organisation) -> list[str]:
    return [company.called(name) for name in company.groups if name not in company.former]


def _above(refusal: errors.Refusal) -> fields.Faults:
    """A refusal at its fields, and what it says of all above the form."""
    return {"": [refusal], **fields.faults(refusal)}


def _narrowed() -> dict[str, Any]:
    given = {name: flask.request.args.get(name, "").strip()[:100] for name in ("q", "of")}
    return {name: value for name, value in given.items() if value}


def _page(faults: fields.Faults, *, is_fresh: bool = False, unsure: own_values.Unsure | None = None) -> str:
    narrowed, is_sent = _narrowed(), flask.request.method == "POST"
    with storage.reading() as session:
        by = auth.current_actor()
        company = reading.company(session, by)
        page = value_page.page(session, by, narrowed.get("q", ""), narrowed.get("of", ""))
        changes = log.entries_of_kind(session, by, own_values.EVENT, MOST_CHANGES)
        groups = [
            (each, [value_fields.of_line(line, company, is_sent=is_sent, is_fresh=is_fresh) for line in each.lines])
            for each in page.shown
        ]
        asked = unsure and _in_readers_words(unsure, value_page.lines(session, by), value_uses.running(session, company.id))
    values = {"page": page, "groups": groups, "faults": faults, "unsure": asked, "narrowed": narrowed, "log": changes}
    values |= {"title_of": value_fields.title, "words": words, "company": company, "may_change": by.is_administrator}
    return flask.render_template("organisation/values.html", title=_("Company settings"), **values)
