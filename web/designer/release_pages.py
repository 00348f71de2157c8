"""Releasing a draft: the whole change in front of whoever publishes it, asking a second person, what differs between two saves."""

from __future__ import annotations

from typing import Any

import flask
from flask_babel import gettext as _

from engine import errors
from engine.deploying.deployment import DeploymentRefused
from engine.designing import comparing, drafts, publishing
from engine.designing.packages import Package, require_sound
from engine.designing.scenarios import proving
from engine.queries.designer import scenario_page
from engine.scenarios import gate
from web.account import auth
from web.designer import requests
from web.designer.wording import change_words, placing, setting_words
from web.frame import flashes, i18n, storage
from web.frame.http import errors as http_errors

blueprint = flask.Blueprint("releases", __name__)
ELSEWHERE = "“%(process)s” has a form or decision that changes, and is published only when its scenarios prove it. %(reason)s"


@blueprint.get("/designer/<int:key>/release")
def show(key: int) -> str:
    """What publishing would change, with its checks."""
    return _shown(key)


@blueprint.post("/designer/<int:key>/ask")
def ask(key: int) -> Any:
    """Asks for the release of the draft as it is."""
    try:
        with storage.transaction() as session:
            publishing.ask(session, auth.current_actor(), key, requests.number("revision"), now=storage.now())
    except drafts.Stale as stale:
        return _shown(key, _meanwhile(stale)), 409
    flashes.say(_("The release is asked for. Whoever may release it finds it in the designer."))
    return flask.redirect(flask.url_for("releases.show", key=key), 303)


@blueprint.post("/designer/<int:key>/catch-up")
def catch_up(key: int) -> Any:
    """Takes what was published meanwhile over into the draft."""
    try:
        with storage.transaction() as session:
            drafts.catch_up(session, auth.current_actor(), key, requests.number("revision"), now=storage.now())
    except errors.Conflict as refused:
        return _shown(key, refused), 409
    flashes.say(_("What was published meanwhile is taken over; below stands what the draft changes of it."))
    return flask.redirect(flask.url_for("releases.show", key=key), 303)


@blueprint.app_errorhandler(drafts.Released)
def released(refusal: drafts.Released) -> Any:
    """Who opens the address of a draft that is published (back, a second window, a bookmark) gets the process, and hears by whom it was."""
    if flask.request.method != "GET" or "text/html" not in flask.request.headers.get("Accept", ""):
        return http_errors.refused(refusal)
    text = "%(name)s has published this draft. What holds now stands here; to go on drawing, choose “Change in the designer”."
    flashes.say(i18n.worded(errors.Refusal(text, fields=None, **refusal.values)))
    return flask.redirect(flask.url_for("processes.show", process_id=refusal.process_id), 303)


@blueprint.post("/designer/<int:key>/publish")
def publish(key: int) -> Any:
    """Makes the draft the newest version; what is wrong with it is listed, and nothing is stored."""
    try:
        return _publish(key, flask.request.form.get("over", type=int))
    except drafts.Released as first:
        flashes.say(i18n.worded(first), "warning")
        return flask.redirect(flask.url_for("processes.show", process_id=first.process_id), 303)


def _publish(key: int, over: int | None) -> Any:
    with storage.reading() as session:
        others = gate.of_others(session, auth.current_actor(), key)
    try:
        gate.prove(others, now=storage.now())
    except DeploymentRefused as refused:
        return _shown(key, _unproven(refused)), 422
    try:
        with storage.transaction() as session:
            by, revision = auth.current_actor(), requests.number("revision")
            draft, deployed = publishing.publish(session, by, key, revision, over=over, now=storage.now())
    except DeploymentRefused:
        return _shown(key), 422
    except proving.Unproven as refusal:
        return _shown(key, refusal), 422
    except drafts.Stale as stale:
        return _shown(key, _meanwhile(stale)), 409
    version = next((each.version for each in deployed.definitions if each.process_id == draft.process_id), None)
    nothing = _("Nothing differs from version %(n)s, which holds on: no new one was made.", n=version)
    flashes.say(_("Published as version %(n)s. Running cases stay on theirs.", n=version) if deployed.made else nothing)
    return flask.redirect(flask.url_for("processes.show", process_id=draft.process_id), 303)


@blueprint.post("/designer/<int:key>/differences")
def differences(key: int) -> str:
    """What differs between what an editor holds unsaved and what somebody else saved meanwhile."""
    with storage.reading() as session:
        draft = drafts.take_up(session, auth.current_actor(), key)
        _revision, files, _settings = requests.save()
        merged = {name: text for name, text in {**draft.files, **files}.items() if text is not None}
        mine = Package(merged, draft.settings)
        require_sound(mine)
        changes = comparing.changes(Package(draft.files, draft.settings), mine)
        saved_by = drafts.name_of(session, auth.current_actor(), draft.saved_by)
    return flask.render_template("designer/_differences.html", changes=change_words.worded(changes), saved_by=saved_by)


def _unproven(refused: DeploymentRefused) -> errors.Refusal:
    """Why another process, which would get a new version too, keeps the draft from being published."""
    doubt = next(each for each in refused.problems if each.severity == "error")
    return errors.Conflict(ELSEWHERE, process=doubt.element_name, reason=doubt.refusal)


def _meanwhile(stale: drafts.Stale) -> errors.Refusal:
    """Why nothing was released: what the person had looked at is not what is there any more."""
    told = "%(name)s has saved this draft meanwhile. Nothing was released; below stands the whole change as it is now."
    return errors.Conflict(told, name=stale.values["name"])


def _at_odds(release: publishing.Release) -> list[str]:
    """What the draft and the version published meanwhile both change, each by where it is and its name, once."""
    both = change_words.worded(release.behind.both if release.behind else ())
    return list(dict.fromkeys(_("%(area)s “%(name)s”", area=each.area, name=each.name) for each in both))


def _shown(key: int, unproven: errors.Refusal | None = None) -> str:
    with storage.reading() as session:
        release = publishing.release(session, auth.current_actor(), key, now=storage.now())
        draft, refused = release.draft, setting_words.named(release.refusal)
        problems = placing.placed(key, draft.files, release.problems, "")
        name, revision = drafts.called(session, draft), draft.revision
        scenarios = scenario_page.page(session, auth.current_actor(), key)
    title = _("Release of %(name)s", name=name)
    changes = change_words.worded(release.changes)
    meanwhile = change_words.worded(release.behind.changes if release.behind else ())
    values = {
        "release": release,
        "meanwhile": meanwhile,
        "at_odds": _at_odds(release),
        "refused": refused,
        "changes": changes,
        "problems": problems,
        "key": key,
        "name": name,
        "revision": revision,
    }
    scenarios_of = {"page": scenarios, "is_release": True, "unproven": unproven}
    return flask.render_template("designer/release.html", title=title, **values, **scenarios_of)
