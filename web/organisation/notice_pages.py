"""Notices for administrators of the organisation: channels, rules by kind, the company's own words."""

from __future__ import annotations

from typing import Any

import flask
from flask_babel import gettext as _
from flask_babel import lazy_gettext

from engine import errors
from engine.announcing import channels, configuring, kinds, sending
from engine.announcing.channels import Entered
from engine.announcing.kinds import NoticeWords
from engine.basics import whole_numbers
from engine.basics.sayings import LANGUAGES
from engine.people.organisation import SECRECY
from engine.queries.organisation import notice_settings
from web.account import auth
from web.frame import flashes, i18n, notice_words, storage
from web.organisation import fields

blueprint = flask.Blueprint("notice_pages", __name__, url_prefix="/organisation/notices")
CHANNELS = {
    channels.MAIL: lazy_gettext("Mail"),
    channels.WECOM: lazy_gettext("WeCom robot"),
    channels.DINGTALK: lazy_gettext("DingTalk robot"),
    channels.FEISHU: lazy_gettext("Feishu robot"),
    channels.HOOK: lazy_gettext("Web hook"),
}
SECURITY = {
    "tls": lazy_gettext("TLS (usually port 465)"),
    "starttls": lazy_gettext("STARTTLS (usually port 587)"),
    "none": lazy_gettext("none: a server on this machine or network"),
}
NEW = {"port": 465, "security": "tls"}


@blueprint.get("")
def index() -> str:
    """Channels, rules, words."""
    return _page({})


@blueprint.post("")
def save_rules() -> Any:
    """Stores the rules."""
    form = fields.sent("address", "digest_at", "titles_up_to", "language")
    if not form["language"]:
        del form["language"]  # not sent: the one of before stays
    how = {name: flask.request.form.get(f"how-{name}", kind.how) for name, kind in kinds.KINDS.items()}
    given = {**form, "how": how, "obligatory": channels.kinds_in_order(fields.picked("obligatory"))}
    try:
        with storage.transaction() as session:
            configuring.save_rules(session, auth.current_actor(), given, now=storage.now())
    except errors.Invalid as refusal:
        return _page(fields.faults(refusal)), 422
    flashes.say(_("The rules of notices are saved."))
    return flask.redirect(flask.url_for("notice_pages.index"))


@blueprint.get("/channels/new/<kind>")
def new_channel(kind: str) -> str:
    """The fields of a new channel."""
    _require(kind, writes=True)
    return _form(
        None, Entered(kind, str(CHANNELS[kind]), True, tuple(kinds.KINDS), NEW if kind == channels.MAIL else {}, {}), {}
    )


@blueprint.post("/channels/new/<kind>")
def make_channel(kind: str) -> Any:
    """Stores a new channel."""
    _require(kind)
    return _store(None, kind)


@blueprint.get("/channels/<int:key>")
def show_channel(key: int) -> str:
    """The fields of a channel; its secrets are not shown."""
    with storage.reading() as session:
        channel, is_on = notice_settings.channel(session, auth.current_actor(), key)
    return _form(key, Entered(channel.kind, channel.name, is_on, tuple(channel.kinds), channel.config, {}), {})


@blueprint.post("/channels/<int:key>")
def save_channel(key: int) -> Any:
    """Stores a channel."""
    with storage.reading() as session:
        channel, _is_on = notice_settings.channel(session, auth.current_actor(), key)
    return _store(key, channel.kind)


@blueprint.post("/channels/<int:key>/test")
def test_channel(key: int) -> Any:
    """Sends a notice to oneself through the channel, after the reading is closed: a server may take its time.

    Why it does not leave is told on the page of the channels.
    """
    try:
        with storage.reading() as session:
            batch = configuring.trial(session, auth.current_actor(), key, now=storage.now())
            session.expunge_all()
        sending.send_test(batch)
        flashes.say(_("The test was taken by “%(name)s”.", name=batch.channel.name))
    except errors.Invalid as refusal:
        flashes.say(i18n.worded(refusal), "error")
    return flask.redirect(flask.url_for("notice_pages.index"))


@blueprint.post("/channels/<int:key>/remove")
def remove_channel(key: int) -> Any:
    """Takes a channel away."""
    with storage.transaction() as session:
        configuring.remove_channel(session, auth.current_actor(), key, now=storage.now())
    flashes.say(_("The channel is taken away."))
    return flask.redirect(flask.url_for("notice_pages.index"))


@blueprint.get("/words/<kind>")
def show_words(kind: str) -> str:
    """The words of a kind in a language, with a preview."""
    return _words(kind, _language(), None, {})


@blueprint.post("/words/<kind>")
def save_words(kind: str) -> Any:
    """Stores the words, shows them filled in, or goes back to ours."""
    language, wanted = _language(), flask.request.form.get("do")
    written = NoticeWords(flask.request.form.get("subject", ""), flask.request.form.get("body", "").replace("\r\n", "\n"))
    try:
        if wanted == "preview":
            configuring.check_words(written)
            return _words(kind, language, written, {})
        with storage.transaction() as session:
            own = None if wanted == "reset" else written
            configuring.save_words(session, auth.current_actor(), language, kind, own, now=storage.now())
    except errors.Invalid as refusal:
        return _words(kind, language, written, fields.faults(refusal)), 422
    flashes.say(_("Notices have the words of before again.") if wanted == "reset" else _("The words are saved."))
    return flask.redirect(flask.url_for("notice_pages.show_words", kind=kind, language=language))


def _require(kind: str, *, writes: bool = False) -> None:
    """Raises NotFound for a kind of channel that there is not, once it is known who asks; Forbidden for who may not write one."""
    with storage.reading() as session:
        by = auth.current_actor()
        notice_settings.groups(session, by)
        if writes:
            configuring.require_administrator(by)
    if kind not in CHANNELS:
        raise errors.NotFound(configuring.NO_CHANNEL)


def _store(key: int | None, kind: str) -> Any:
    entered = _entered(kind)
    try:
        with storage.transaction() as session:
            configuring.save_channel(session, auth.current_actor(), key, entered, now=storage.now())
    except (errors.Invalid, errors.Conflict) as refusal:
        return _form(key, entered, fields.faults(refusal)), 422
    flashes.say(_("The channel is saved."))
    return flask.redirect(flask.url_for("notice_pages.index"))


def _entered(kind: str) -> Entered:
    form = fields.sent("name", "host", "port", "security", "user", "sender", "group", "url", "secret", "password")
    if kind == channels.MAIL:
        config: dict[str, Any] = {name: form[name] for name in ("host", "security", "user", "sender")}
        config["port"] = whole_numbers.read(form["port"]) or 0
    else:
        config = {"group": form["group"]} if form["group"] else {}
    secrets = {name: form[name] for name in channels.secret_names(kind)}
    return Entered(kind, form["name"], "is_on" in flask.request.form, tuple(fields.picked("kinds")), config, secrets)


def _language() -> str:
    asked = flask.request.values.get("language", "")
    return asked if asked in LANGUAGES else i18n.language()


def _page(faults: fields.Faults) -> str:
    with storage.reading() as session:
        by = auth.current_actor()
        page = notice_settings.page(session, by)
    values = {"page": page, "faults": faults, "sent": flask.request.form, "kinds": kinds, "levels": SECRECY}
    values |= {"words": notice_words, "channel_names": CHANNELS, "may_change": by.is_administrator}
    return flask.render_template("organisation/notices.html", title=_("Notice channels"), **values)


def _form(key: int | None, entered: Entered, faults: fields.Faults) -> str:
    with storage.reading() as session:
        by = auth.current_actor()
        groups = notice_settings.groups(session, by)
    values = {"key": key, "entered": entered, "faults": faults, "groups": groups, "kinds": kinds, "words": notice_words}
    values |= {"channel": CHANNELS[entered.kind], "security": SECURITY, "may_change": by.is_administrator}
    return flask.render_template("organisation/notice_channel.html", title=CHANNELS[entered.kind], **values)


def _words(kind: str, language: str, written: NoticeWords | None, faults: fields.Faults) -> str:
    with storage.reading() as session:
        by = auth.current_actor()
        kept, is_own = notice_settings.words(session, by, kind, language)
        shown = written or kept
        preview = None if faults else notice_settings.preview(session, by, shown, language)
    values = {"kind": kind, "language_of": language, "shown": shown, "preview": preview, "is_own": is_own}
    values |= {"faults": faults, "places": kinds.PLACES, "words": notice_words, "may_change": by.runs_organisation}
    return flask.render_template("organisation/notice_words.html", title=notice_words.label(kind), **values)
