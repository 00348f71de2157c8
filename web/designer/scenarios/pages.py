"""Pages of scenarios: the list with what came of them, one as steps or as text, and one of its steps."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import flask
from flask_babel import gettext as _

from engine import errors
from engine import forms as engine_forms
from engine.deploying.deployment import DeploymentRefused
from engine.designing import drafts
from engine.designing.scenarios import editing, proving, scripts
from engine.queries.designer import scenario_page
from engine.scenarios import walking
from web.account import auth
from web.designer import requests
from web.designer.scenarios import steps, wording
from web.frame import flashes, forms, i18n, storage

blueprint = flask.Blueprint("scenarios", __name__)
Place = tuple[str, str]  # process id and name


@blueprint.get("/designer/<int:key>/scenarios")
def index(key: int) -> str:
    """The scenarios of a draft, how they went last, and what they take of the diagram."""
    return _listed(key, {}, None)


@blueprint.post("/designer/<int:key>/scenarios")
def create(key: int) -> Any:
    """Begins a scenario."""
    given = {name: flask.request.form.get(name, "").strip() for name in ("title", "process_id")}
    try:
        with storage.transaction() as session:
            if not given["title"]:
                raise errors.Invalid("A scenario needs a name.")
            by = auth.current_actor()
            start = _first(session, by, key, given["process_id"])
            script = {"title": given["title"], "now": storage.now().replace(microsecond=0), "start": start}
            name = editing.begin(session, by, key, given["process_id"], script, now=storage.now())
    except errors.Invalid as refusal:
        return _listed(key, given, refusal), 422
    return flask.redirect(flask.url_for("scenarios.step", key=key, process_id=given["process_id"], name=name, at=0), 303)


@blueprint.post("/designer/<int:key>/scenarios/run")
def run(key: int) -> Any:
    """Runs one scenario (`file`), or the next of those whose result does not hold any more; answers the part that asked.

    A part asks by itself and running takes a while: that the draft is published by then is told, and is no fault.
    """
    is_part = "HX-Request" in flask.request.headers
    wanted = flask.request.form.get("file")
    try:
        _run(key, wanted)
        return _part(key) if is_part else flask.redirect(_after(key, wanted), 303)
    except DeploymentRefused as refused:
        if is_part:
            return "", 204
        flashes.say(i18n.worded(errors.Refusal(refused.text, fields=None, **refused.values)))
        return flask.redirect(flask.url_for("trials.show", key=key), 303)
    except errors.NotFound as gone:
        if is_part:
            return flask.render_template("frame/errors/fragment.html", sentence=i18n.worded(gone))
        raise


def _run(key: int, wanted: str | None) -> None:
    with storage.reading() as session:
        by = auth.current_actor()
        asked = walking.of_draft(session, by, drafts.take_up(session, by, key), [wanted] if wanted else None)
    results = walking.walk(asked, now=storage.now())
    with storage.transaction() as session:
        proving.keep(session, auth.current_actor(), key, results)


@blueprint.get("/designer/<int:key>/scenarios/<process_id>/<name>")
def show(key: int, process_id: str, name: str) -> str:
    """One scenario: its steps with how the last run went, and its text."""
    return _one(key, (process_id, name), None, None)


@blueprint.post("/designer/<int:key>/scenarios/<process_id>/<name>")
def change(key: int, process_id: str, name: str) -> Any:
    """Moves or removes a step, names the scenario, keeps its text, or takes it out of the draft."""
    place, act = (process_id, name), flask.request.form.get("act", "")
    try:
        with storage.transaction() as session:
            by, revision = auth.current_actor(), requests.number("revision")
            text, script = scenario_page.script(session, by, key, *place)
            if act == "away":
                editing.take_away(session, by, key, revision, place, now=storage.now())
            else:
                editing.keep(session, by, key, revision, place, _changed(act, text, script), now=storage.now())
    except errors.Refusal as refusal:
        if isinstance(refusal, errors.NotFound):
            raise
        return _one(key, place, refusal, flask.request.form.get("text")), 422
    if act == "away":
        flashes.say(_("The scenario is out of the draft. An earlier save brings it back."))
        return flask.redirect(flask.url_for("scenarios.index", key=key), 303)
    return flask.redirect(flask.url_for("scenarios.show", key=key, process_id=process_id, name=name), 303)


@blueprint.route("/designer/<int:key>/scenarios/<process_id>/<name>/step", methods=["GET", "POST"])
def step(key: int, process_id: str, name: str) -> Any:
    """One step in a form: `at` is its place (0 the start, -1 the end), `kind` what a new one is, put in at that place."""
    place, at = (process_id, name), flask.request.values.get("at", 0, type=int)
    new = flask.request.values.get("kind", "")
    with storage.reading() as session:
        by = auth.current_actor()
        choices = scenario_page.choices(session, by, key, process_id)
        _text, script = scenario_page.script(session, by, key, *place)
    before = _step_at(script or {}, at, new, choices)
    kind = new or steps.kind_of(before, at)
    if kind not in (*wording.KINDS, steps.START, steps.END):
        raise errors.NotFound("There is no such step.")
    if flask.request.method == "GET":
        return _drawn(key, place, at, new, kind, before, choices, None)
    if flask.request.form.get("act") != "keep" or forms.is_about_rows():
        looked = steps.chosen(kind, before)
        return _drawn(key, place, at, new, kind, looked, choices, None)
    try:
        made = steps.sent(kind, before, choices)
        with storage.transaction() as session:
            text = scripts.written(editing.with_step(script or {}, at, made, is_new=bool(new)))
            editing.keep(session, auth.current_actor(), key, requests.number("revision"), place, text, now=storage.now())
    except errors.NotFound:
        raise
    except errors.Refusal as refusal:
        return _drawn(key, place, at, new, kind, steps.chosen(kind, before), choices, refusal), 422
    return flask.redirect(flask.url_for("scenarios.show", key=key, process_id=process_id, name=name, _anchor=f"step-{at}"), 303)


@blueprint.post("/designer/<int:key>/scenarios/<process_id>/<name>/step/live")
def live(key: int, process_id: str, name: str) -> Any:
    """The fields anew while a step is filled in."""
    with storage.reading() as session:
        by = auth.current_actor()
        scenario_page.script(session, by, key, process_id, name)
        choices = scenario_page.choices(session, by, key, process_id)
    kind = "task" if "task" in flask.request.form else steps.START
    view = steps.view(steps.form_of(kind, steps.chosen(kind, {}), choices), {}, is_kept=True)
    return forms.fragment(view, flask.request.path) if view else ("", 204)


def _first(session: Any, by: Any, key: int, process_id: str) -> dict[str, Any]:
    """What a new scenario begins with."""
    page = scenario_page.page(session, by, key)
    if process_id not in {each.value for each in page.processes}:
        raise errors.Invalid("Choose the process that the scenario walks through.")
    choices = scenario_page.choices(session, by, key, process_id)
    if choices.start_message:
        return {"message": choices.start_message}
    return {"by": by.username}


def _changed(act: str, text: str, script: scripts.Script | None) -> str:
    """The text of the scenario after what the button says."""
    form = flask.request.form
    if act == "text":
        return form.get("text", "").replace("\r\n", "\n")
    if script is None:
        raise errors.Conflict("The text of this scenario cannot be read. Please mend it first.")
    at = form.get("at", 0, type=int)
    if act in ("up", "down"):
        return scripts.written(editing.moved(script, at, -1 if act == "up" else 1))
    if act == "remove":
        return scripts.written(editing.without(script, at))
    if act == "head":
        return scripts.written({**script, "title": form.get("title", "").strip(), "now": steps.moment("now")})
    return text


def _step_at(script: Mapping[str, Any], at: int, new: str, choices: scenario_page.StepChoices) -> dict[str, Any]:
    if new:
        first = choices.tasks[0].value if choices.tasks else ""
        return {"task": first} if new == "task" else {}
    if at == 0:
        return dict(script.get("start", {}))
    if at == editing.END:
        return dict(script.get("expect", {}))
    script_steps = script.get("step", [])
    if not 0 < at <= len(script_steps):
        raise errors.NotFound("There is no such step.")
    return dict(script_steps[at - 1])


def _after(key: int, file: str | None) -> str:
    is_one = flask.request.form.get("back") == "one" and file is not None
    return _address(key, file) if is_one else flask.url_for("scenarios.index", key=key)


def _address(key: int, file: str | None) -> str:
    process_id, _scenarios, name = (file or "").split("/")
    return flask.url_for("scenarios.show", key=key, process_id=process_id, name=name.removesuffix(".toml"))


def _listed(key: int, given: Mapping[str, str], refusal: errors.Refusal | None) -> str:
    with storage.reading() as session:
        page = scenario_page.page(session, auth.current_actor(), key)
    title = _("Scenarios of %(name)s", name=page.name)
    return flask.render_template("designer/scenarios/index.html", title=title, page=page, given=given, refusal=refusal)


def _part(key: int) -> str:
    """How the scenarios stand, for the pages that run them in parts."""
    with storage.reading() as session:
        page = scenario_page.page(session, auth.current_actor(), key)
    is_release = flask.request.form.get("on") == "release"
    return flask.render_template("designer/scenarios/_standing.html", page=page, is_release=is_release)


def _labels(form: engine_forms.Form) -> dict[str, str]:
    """What the fields of a form are called, those in the rows of its lists too; an outer one comes before an inner one."""
    labels: dict[str, str] = {}
    for place in (0, -1):
        for each in form.walk():
            if each.path and each.label:
                labels.setdefault(each.path[place], each.label)
    return labels


def _one(key: int, place: Place, refusal: errors.Refusal | None, typed: str | None) -> str:
    with storage.reading() as session:
        by = auth.current_actor()
        page = scenario_page.page(session, by, key)
        line = page.line(*place)
        text, script = scenario_page.script(session, by, key, *place)
        choices = scenario_page.choices(session, by, key, place[0])
    names = {**page.names.get(place[0], {}), **{each.value: each.label for each in choices.tasks}}
    labels = {form.id: _labels(form) for form in _forms(choices)}
    return flask.render_template(
        "designer/scenarios/show.html",
        title=line.title,
        page=page,
        line=line,
        script=script,
        text=typed if typed is not None else text,
        choices=choices,
        words=wording,
        steps=steps,
        labels=labels,
        faults=wording.faults(line.result.faults, names) if line.result else [],
        refusal=refusal,
    )


def _forms(choices: scenario_page.StepChoices) -> list[Any]:
    return [*choices.drawn.values(), *([choices.start_form] if choices.start_form else [])]


def _drawn(
    key: int,
    place: Place,
    at: int,
    new: str,
    kind: str,
    step: Mapping[str, Any],
    choices: scenario_page.StepChoices,
    refusal: errors.Refusal | None,
) -> str:
    with storage.reading() as session:
        page = scenario_page.page(session, auth.current_actor(), key)
    form = steps.form_of(kind, step, choices)
    is_kept = flask.request.form.get("act") == "keep" or forms.is_about_rows()
    return flask.render_template(
        "designer/scenarios/step.html",
        title=page.line(*place).title,
        page=page,
        line=page.line(*place),
        at=at,
        new=new,
        kind=kind,
        step=step,
        choices=choices,
        words=wording,
        steps=steps,
        view=steps.view(form, step, is_kept=is_kept),
        refusal=refusal,
        act=steps.act_of(step),
        outcomes=choices.outcomes.get(str(step.get("task", "")), ()),
    )
