"""The public pages of a company: filing something without signing in, and following it with number and secret."""

from __future__ import annotations

import contextlib
import re
import secrets
from collections.abc import Iterator
from typing import Any

import flask
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from engine import errors
from engine import forms as engine_forms
from engine.definitions import definitions
from engine.intake import answers, filing, rate
from engine.intake import secrets as intake_secrets
from engine.people import organisation
from web.frame import forms, i18n, storage

blueprint = flask.Blueprint("public", __name__, url_prefix="/p")
RECEIPT = re.compile(r"[\w-]{20,64}", re.ASCII)
FOLLOWED = "followed"  # in the cookie, which is signed: the company and the filing whose secret was given
TRAP = "website"  # a field that people do not see and programs fill in


@blueprint.get("/<company_id>")
def index(company_id: str) -> str:
    """What can be filed with this company."""
    with reading(company_id) as session:
        offers = [each.settings.public for each in filing.offers(session, company_id)]
        processes = [each.process_id for each in filing.offers(session, company_id)]
        if not offers:
            raise errors.NotFound(filing.NOT_HERE)
        return drawn(
            session, company_id, "public/index.html", _("How can we help?"), offers=list(zip(processes, offers, strict=True))
        )


@blueprint.get("/<company_id>/<process_id>")
def form(company_id: str, process_id: str) -> str:
    """The empty form."""
    receipt = secrets.token_urlsafe(24)
    with reading(company_id) as session:
        definition, public, form_ = filing.page(session, company_id, process_id)
        scope = filing.scope(session, company_id, receipt, {}, now=storage.now(), calendar=definition.settings.calendar)
        view = forms.opened(form_, scope)
        return drawn(
            session,
            company_id,
            "public/form.html",
            public.title,
            process_id=process_id,
            public=public,
            view=view,
            receipt=receipt,
        )


@blueprint.post("/<company_id>/<process_id>/live")
def live(company_id: str, process_id: str) -> str:
    """The fields anew while the form is filled in."""
    limited(company_id, rate.DRAWING)
    with reading(company_id) as session:
        definition, _public, form_ = filing.page(session, company_id, process_id)
        scope = filing.scope(
            session, company_id, receipt_of_request(), {}, now=storage.now(), calendar=definition.settings.calendar
        )
        return forms.fragment(forms.redrawn(form_, scope), flask.request.path)


@blueprint.post("/<company_id>/<process_id>/files")
def upload(company_id: str, process_id: str) -> Any:
    """Takes one file for the form as soon as it is chosen; the form then sends only its key."""
    limited(company_id, rate.ANSWERING)
    file = flask.request.files.get("file")
    if file is None or not file.filename:
        return {"detail": _("Please choose a file.")}, 422
    field = flask.request.form.get("field", "")
    try:
        with transaction(company_id) as session:
            filing.page(session, company_id, process_id)
            stored = filing.store(
                session, company_id, receipt_of_request(), field, file.filename, file.stream, now=storage.now()
            )
            return {"key": str(stored.key), "name": stored.name, "size": stored.size, "type": stored.media_type}, 201
    except errors.Invalid as refusal:
        return {"detail": i18n.worded(refusal)}, 422


@blueprint.post("/<company_id>/<process_id>")
def submit(company_id: str, process_id: str) -> Any:
    """Files what was filled in, and shows the number and, this once, the secret."""
    receipt = receipt_of_request()
    if forms.is_about_rows():
        return _redrawn(company_id, process_id, receipt, None, {})
    limited(company_id, rate.FILING)
    if flask.request.form.get(TRAP):
        raise errors.Forbidden("This could not be taken. Please call us instead.")
    with reading(company_id) as session:
        form_ = filing.page(session, company_id, process_id)[2]
    files, refused = _uploaded(company_id, receipt)
    secret = intake_secrets.derive(str(flask.current_app.secret_key), company_id, process_id, receipt)
    try:
        if refused:
            raise errors.Invalid("Some fields need another look.", fields=refused)
        with transaction(company_id) as session:
            sent = _with_files(form_, files)
            filed = filing.file(session, company_id, process_id, sent, receipt=receipt, secret=secret, now=storage.now())
    except errors.Invalid as refusal:
        return _redrawn(company_id, process_id, receipt, refusal, files), 422
    except filing.FiledOtherwise as refusal:
        other = secrets.token_urlsafe(24)
        with transaction(company_id) as session:
            filing.take_along(session, company_id, receipt, other)
        return _redrawn(company_id, process_id, other, refusal, files), 409
    with reading(company_id) as session:
        public = filing.page(session, company_id, process_id)[1]
        own = answers.find(session, company_id, filed.number, secret) if filed.knows_secret else None
        if own is not None:
            flask.session[FOLLOWED] = [company_id, own.key]  # who has just sent it need not say again what he was just shown
        return drawn(
            session,
            company_id,
            "public/filed.html",
            _("We have received it"),
            filed=filed,
            public=public,
            process_id=process_id,
            secret=secret if filed.knows_secret else "",
        )


@contextlib.contextmanager
def reading(company_id: str) -> Iterator[Session]:
    """A session of this company, of which nobody needs to be signed in."""
    with storage.surroundings().database.reading(company_id) as session:
        session.info[definitions.LANGUAGE] = i18n.language()
        yield session


@contextlib.contextmanager
def transaction(company_id: str) -> Iterator[Session]:
    """The one transaction of a public request that changes something."""
    with storage.surroundings().database.transaction(company_id) as session:
        yield session


def limited(company_id: str, limit: rate.Limit) -> None:
    """Counts this request, and refuses it when its address asks too often. Raises NotFound for a company that is not there."""
    if not flask.current_app.config["PUBLIC_LIMITS"]:
        return
    with reading(company_id) as session:
        if not filing.offers(session, company_id):
            raise errors.NotFound(filing.NOT_HERE)
    with transaction(company_id) as session:
        is_allowed = rate.take(session, company_id, limit, flask.request.remote_addr or "", now=storage.now())
    if not is_allowed:
        raise rate.refusal(limit)


def drawn(session: Session, company_id: str, template: str, title: str, **values: Any) -> str:
    """A public page in the company's name."""
    company = organisation.current(session, company_id)
    values |= {"company": company, "title": f"{title} · {company.name}", "heading": title, "trap": TRAP}
    return flask.render_template(template, **values)


def receipt_of_request() -> str:
    """The receipt that the form carries; a request without one gets its own."""
    given = flask.request.values.get("receipt", "")
    return given if RECEIPT.fullmatch(given) else secrets.token_urlsafe(24)


def _uploaded(company_id: str, receipt: str) -> tuple[dict[str, list[str]], dict[str, list[errors.Refusal]]]:
    """Files that came with the form itself, by field, and those that were refused (a page without script sends them so)."""
    taken: dict[str, list[str]] = {}
    refused: dict[str, list[errors.Refusal]] = {}
    for name in flask.request.files:
        field = name.removesuffix("#file")
        for file in flask.request.files.getlist(name):
            if not file.filename or field == name:
                continue
            try:
                with transaction(company_id) as session:
                    stored = filing.store(session, company_id, receipt, field, file.filename, file.stream, now=storage.now())
                taken.setdefault(field, []).append(str(stored.key))
            except errors.Invalid as refusal:
                refused.setdefault(field, []).append(refusal)
    return taken, refused


def _with_files(form_: engine_forms.Form, files: dict[str, list[str]]) -> dict[str, Any]:
    sent = forms.sent(form_)
    for field, file_keys in files.items():
        path = tuple(field.split("."))
        before = engine_forms.get(sent, path)
        engine_forms.put(sent, path, [*(before if isinstance(before, list) else []), *file_keys])
    return sent


def _redrawn(
    company_id: str, process_id: str, receipt: str, refusal: errors.Refusal | None, files: dict[str, list[str]]
) -> str:
    with reading(company_id) as session:
        definition, public, form_ = filing.page(session, company_id, process_id)
        scope = filing.scope(session, company_id, receipt, {}, now=storage.now(), calendar=definition.settings.calendar)
        data = _with_files(form_, files)
        engine_forms.act(form_, data, engine_forms.actions(forms.pairs()), scope)
        view = forms.filled(form_, data, scope, refusal.fields if refusal else None)
        return drawn(
            session,
            company_id,
            "public/form.html",
            public.title,
            process_id=process_id,
            public=public,
            view=view,
            receipt=receipt,
            refusal=refusal,
        )
