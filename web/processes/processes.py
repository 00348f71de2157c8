"""Processes for their owners: what is deployed, versions, diagrams, downloads, and deploying files."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import flask
from flask_babel import gettext as _
from flask_babel import ngettext

from engine.deploying import deployment
from engine.problems import Problem
from engine.queries.processes import process_pages
from engine.scenarios import gate
from engine.storage import models
from web.account import auth
from web.frame import flashes, storage
from web.frame.files import foreign_files

blueprint = flask.Blueprint("processes", __name__)


@blueprint.get("/processes")
def index() -> str:
    """The company's processes; administrators may deploy here."""
    return _listed()


@blueprint.post("/processes")
def deploy() -> Any:
    """Deploys uploaded files together; what is wrong with them is listed by element, and nothing is stored."""
    files = [file for file in flask.request.files.getlist("file") if file.filename]
    resources = [deployment.Resource(file.filename or "", file.read()) for file in files]
    examined = deployment.examine(auth.current_actor(), resources)
    if not files:
        return _listed(message=_("Please choose at least one file.")), 422
    try:
        with storage.reading() as session:
            asked = gate.asked(session, auth.current_actor(), examined)
        doubts = gate.prove(asked, now=storage.now())
        with storage.transaction() as session:
            deployed = deployment.deploy(session, auth.current_actor(), examined, now=storage.now())
    except deployment.DeploymentRefused as refused:
        return _listed(refused.problems, resources), 422
    nothing = _("All of it was deployed already: no new version was made.")
    flashes.say(_("Deployed: %(n)s definitions.", n=deployed.made) if deployed.made else nothing)
    if deployed.problems or doubts:
        return _listed([*deployed.problems, *doubts], resources, is_deployed=True)
    return flask.redirect(flask.url_for("processes.index"))


@blueprint.get("/processes/<process_id>")
def show(process_id: str) -> str:
    """One process with its versions."""
    version = flask.request.args.get("version", type=int)
    with storage.reading() as session:
        page = process_pages.one(session, auth.current_actor(), process_id, version)
    return flask.render_template("processes/show.html", title=page.name, page=page)


@blueprint.get("/processes/diagrams/<int:key>")
def diagram(key: int) -> flask.Response:
    """A version's diagram, for the viewer."""
    with storage.reading() as session:
        name, xml = process_pages.drawn(session, auth.current_actor(), key)
    return foreign_files.sent(name, xml, is_kept=True)


@blueprint.get("/processes/diagrams/<int:key>/file")
def download(key: int) -> flask.Response:
    """A version's diagram as a file."""
    with storage.reading() as session:
        name, xml = process_pages.diagram(session, auth.current_actor(), key)
    return foreign_files.sent(name, xml)


@blueprint.get("/processes/forms/<int:key>/file")
def download_form(key: int) -> flask.Response:
    """A form's schema as a file."""
    with storage.reading() as session:
        row = process_pages.form(session, auth.current_actor(), key)
        return foreign_files.sent(f"{row.form_id}.form", models.dumps(row.schema).encode())


def _listed(
    problems: Sequence[Problem] = (),
    uploads: Sequence[deployment.Resource] = (),
    *,
    message: str | None = None,
    is_deployed: bool = False,
) -> str:
    with storage.reading() as session:
        lines = process_pages.listed(session, auth.current_actor())
    values = {
        "lines": lines,
        "why": _why(lines),
        "problems": problems,
        "uploads": uploads,
        "message": message,
        "is_deployed": is_deployed,
    }
    return flask.render_template("processes/index.html", title=_("Processes"), **values)


def _why(lines: Sequence[process_pages.Listed]) -> str:
    """As what somebody sees the company's processes, and what for; "" where there are none."""
    if not lines:
        return ""
    if auth.current_actor().is_administrator:
        return _("You are an administrator: open a process to see how it goes and who does what, or change it in the designer.")
    if owned := sum(each.is_owned for each in lines):
        return ngettext(
            "You own %(num)s process: open it to see how it goes, or change it in the designer.",
            "You own %(num)s processes: open one to see how it goes, or change it in the designer.",
            owned,
        )
    return _("Here you look up how a process goes and who does what; to begin one, go to “Start”.")
