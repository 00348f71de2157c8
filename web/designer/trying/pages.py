"""The trial of a draft: started, completed, moved on by the clock, taken back; each time played anew in memory."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import flask
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from engine import errors
from engine import forms as engine_forms
from engine.definitions import definitions
from engine.deploying.deployment import DeploymentRefused
from engine.designing import drafts
from engine.designing.packages import Package
from engine.designing.scenarios import editing
from engine.queries.inbox import start_page, task_page
from engine.scenarios.trials import draft_stage, trying
from web.account import auth
from web.designer.trying import acting, pickers, state
from web.designer.wording import placing
from web.frame import flashes, forms, storage

blueprint = flask.Blueprint("trials", __name__)
Draft = tuple[str, Package]  # name and content


@blueprint.route("/designer/<int:key>/try", methods=["GET", "POST"])
def show(key: int) -> Any:
    """The trial as it stands; what the button sent is done first, and refused at its field as on the real pages."""
    try:
        with _trial(key) as (draft, trial):
            refusal = None if forms.is_about_rows() else _acted(trial)
            return _drawn(key, draft, trial, refusal), 422 if refusal else 200
    except DeploymentRefused as refused:
        return _faulty(key, refused), 422 if flask.request.method == "POST" else 200


@blueprint.post("/designer/<int:key>/try/live")
def live(key: int) -> Any:
    """The fields anew while the form is filled in."""
    with _trial(key) as (_draft, trial), _reading(trial) as session:
        view = _view(_asked(session, trial, trial.situation(session)), None)
        return forms.fragment(view, flask.request.path) if view else ("", 204)


@blueprint.post("/designer/<int:key>/try/scenario")
def scenario(key: int) -> Any:
    """Keeps the trial as a scenario of the draft, which expects what the trial came to."""
    with _trial(key) as (draft, trial), _reading(trial) as session:
        stands = trial.situation(session)
        ended = {"ended": (stands.instance.end_event or "").split(",")} if stands.instance and stands.instance.end_event else {}
        expected = {"state": stands.instance.state, **ended} if stands.instance else {}
        opened = {"open": sorted(turn.place.element_id for turn in stands.turns)}
        title = flask.request.form.get("title", "").strip()[:100] or _("Trial of %(name)s", name=draft[0])
        script = trying.as_scenario(title, trial.begun, trial.steps, {**expected, **opened})
        process_id = trial.process_id
    with storage.transaction() as session:
        name = editing.begin(session, auth.current_actor(), key, process_id, script, now=storage.now())
    flashes.say(_("The trial is a scenario of the draft now."))
    return flask.redirect(flask.url_for("scenarios.show", key=key, process_id=process_id, name=name), 303)


@contextlib.contextmanager
def _trial(key: int) -> Iterator[tuple[Draft, trying.Trial]]:
    """The trial that the page carries, played. Raises NotFound for a draft of others, DeploymentRefused."""
    with storage.reading() as session:
        by = auth.current_actor()
        draft = drafts.take_up(session, by, key)
        package = Package(draft.files, draft.settings)
        begun, steps = state.sent(key)
        name, given = drafts.called(session, draft), draft_stage.furniture(session, by, draft.process_id, package)
    if flask.request.form.get("act") == "anew":
        begun, steps = storage.now().replace(microsecond=0), []
    if flask.request.form.get("act") == "back":
        steps = steps[:-1]
    with contextlib.closing(trying.Trial(given, begun, steps)) as trial:
        yield (name, package), trial


@contextlib.contextmanager
def _reading(trial: trying.Trial) -> Iterator[Session]:
    with trial.stage.database.reading(trial.stage.company) as session:
        session.info[definitions.LANGUAGE] = storage.reader()
        yield session


def _acted(trial: trying.Trial) -> errors.Refusal | None:
    """Does what the button says; gives why it is refused."""
    try:
        step = _step(trial)
        if step is not None:
            trial.take(step)
    except errors.Refusal as refusal:
        return refusal
    return None


def _step(trial: trying.Trial) -> dict[str, Any] | None:
    act, sent = flask.request.form.get("act", ""), flask.request.form
    with _reading(trial) as session:
        stands = trial.situation(session)
        alone = acting.without_person(act, stands)
        if alone is not None:
            return alone
        asked = _asked(session, trial, stands)
        filled = pickers.named(asked.form, forms.sent(asked.form)) if asked.form else {}
        if act == "start" and stands.instance is None:
            return {"start": {"by": asked.username, "form": filled}}
        outcome = sent.get("outcome")
        if not outcome and act not in acting.BESIDE:
            return None
        if asked.turn is None or asked.chosen != sent.get("turn"):
            raise errors.Conflict(trying.NOT_OPEN)
        if act in acting.BESIDE:
            return acting.beside(act, asked.turn.place.element_id, asked.username)
        opinion = {"opinion": sent["opinion"].strip()} if sent.get("opinion", "").strip() else {}
        return {"task": asked.turn.place.element_id, "by": asked.username, "outcome": outcome, **opinion, "form": filled}


@dataclass(frozen=True)
class _Asked:
    """Whom one is just now, and what the page asks: the start form, or the form of one of the open steps (`turn`).

    `chosen` is one of the values of `choices`; `page` is None where this person is asked nothing, `refusal` says why.
    """

    choices: list[tuple[str, str]]
    chosen: str = ""
    turn: trying.Turn | None = None
    page: start_page.StartForm | task_page.TaskPage | None = None
    refusal: errors.Refusal | None = None

    @property
    def username(self) -> str:
        """Who acts."""
        return self.chosen.rpartition("|")[2]

    @property
    def form(self) -> engine_forms.Form | None:
        """The form, None where nothing is asked."""
        return self.page.form if self.page is not None else None


def _asked(session: Session, trial: trying.Trial, stands: trying.Situation) -> _Asked:
    choices = _choices(session, trial, stands)
    wanted = flask.request.form.get("turn", "")
    chosen = next((value for value, _label in choices if value == wanted), choices[0][0] if choices else "")
    if not chosen:
        return _Asked(choices)
    username = chosen.rpartition("|")[2]
    if stands.instance is None:
        return _Asked(choices, chosen, page=trial.start_form(session, username))
    turn = next(each for number, each in enumerate(stands.turns) if chosen == _value(number, each, username))
    task_form = trial.task_form(session, turn, username)
    if isinstance(task_form, task_page.Elsewhere):
        return _Asked(choices, chosen, turn, refusal=task_form.refusal)
    return _Asked(choices, chosen, turn, task_form)


def _choices(session: Session, trial: trying.Trial, stands: trying.Situation) -> list[tuple[str, str]]:
    """Whom one may become: the place of the open step and the username, with what is shown."""
    if stands.instance is None:
        return [(f"start|{username}", name) for username, name in trial.starters(session)]
    return [
        (_value(number, turn, username), f"{name} · {turn.place.name}")
        for number, turn in enumerate(stands.turns)
        for username, name in turn.people
    ]


def _value(number: int, turn: trying.Turn, username: str) -> str:
    return f"{number} {turn.place.element_id}|{username}"


def _view(asked: _Asked, refusal: errors.Refusal | None) -> engine_forms.FormView | None:
    """The form as it was sent and refused, or as it is first opened."""
    if asked.page is None or asked.page.form is None:
        return None
    is_kept = refusal is not None or forms.is_about_rows() or flask.request.path.endswith("/live")
    fields, scope = refusal.fields if refusal else None, asked.page.scope
    view = forms.redrawn(asked.page.form, scope, fields) if is_kept else forms.opened(asked.page.form, scope)
    return pickers.without_uploads(view)


def _drawn(key: int, draft: Draft, trial: trying.Trial, refusal: errors.Refusal | None) -> str:
    name, package = draft
    with _reading(trial) as session:
        stands = trial.situation(session)
        asked = _asked(session, trial, stands)
        return flask.render_template(
            "designer/try.html",
            title=_("Trial of %(name)s", name=name),
            key=key,
            name=name,
            diagram_file=package.diagram,
            trial=trial,
            stands=stands,
            asked=asked,
            view=_view(asked, refusal),
            refusal=refusal,
            opinion=flask.request.form.get("opinion", "") if refusal else "",
            state=state.written(key, trial.begun, trial.steps),
            most=trying.MAX_STEPS,
            colleagues=trial.colleagues(session) if asked.turn else [],
            ways_back=trial.ways_back(session, asked.turn, asked.username) if asked.turn and asked.page else [],
            offers={each.name for each in asked.page.operations} if isinstance(asked.page, task_page.TaskPage) else set(),
        )


def _faulty(key: int, refused: DeploymentRefused) -> str:
    """What keeps the draft from running, as the checks show it."""
    with storage.reading() as session:
        draft = drafts.take_up(session, auth.current_actor(), key)
        problems = placing.placed(key, draft.files, refused.problems, "")
        name = drafts.called(session, draft)
        title = _("Trial of %(name)s", name=name)
        return flask.render_template("designer/try_problems.html", title=title, key=key, name=name, problems=problems)
