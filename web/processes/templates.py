"""Taking over processes that come with the product: chosen from their sets, their groups mapped to the company's own."""

from __future__ import annotations

from typing import Any

import flask
from flask_babel import gettext as _

from engine import errors
from engine.commands import opening
from engine.deploying import deployment, taking, templates
from engine.people import organisation
from engine.people.organisation import Organisation
from engine.queries.processes import template_pages
from web.account import auth
from web.frame import filters, flashes, storage
from web.frame.http import errors as answers

blueprint = flask.Blueprint("templates", __name__)

NEW = ""  # what is chosen for a department that the company does not have


@blueprint.get("/processes/templates")
def choose() -> str:
    """All sets with their processes; those that the company has already are marked."""
    with storage.reading() as session:
        there = template_pages.there(session, auth.current_actor())
    return flask.render_template(
        "processes/templates.html", title=_("Processes to take over"), offers=templates.offers(_sets()), there=there
    )


@blueprint.get("/processes/templates/groups")
def groups() -> Any:
    """Whose groups and departments are which, for the processes that were chosen."""
    chosen = flask.request.args.getlist("process")
    if not chosen:
        with storage.reading() as session:
            template_pages.there(session, auth.current_actor())
        flashes.say(_("Please choose at least one process."), "error")
        return flask.redirect(flask.url_for("templates.choose"))
    return _mapping(chosen)


@blueprint.post("/processes/templates")
def take() -> Any:
    """Deploys the chosen processes under the company's own names; what is not settled is said beside it."""
    form = flask.request.form
    chosen = form.getlist("process")
    package = templates.package(_sets(), chosen)
    try:
        with storage.transaction() as session:
            by = auth.current_actor()
            company = organisation.current(session, by.company_id)
            own = _own(package, company, by.username)
            alone = taking.lonely(company, own)
            deployed = taking.take(session, by, package, own, now=storage.now())
    except deployment.DeploymentRefused as refused:
        return answers.redrawn(_mapping(chosen, refused, refused.problems), refused)
    except errors.Invalid as refusal:
        return answers.redrawn(_mapping(chosen, refusal), refusal)
    names = filters.listed(each.name for each in deployed.definitions)
    told = [_("%(names)s can be started now.", names=names)]
    if alone:
        told.append(_("You alone are in: %(groups)s. Please put people there.", groups=filters.listed(sorted(alone))))
    flashes.say(" ".join(told))
    return flask.redirect(flask.url_for("start.choose"))


def _own(package: templates.Package, company: Organisation, myself: str) -> taking.Own:
    """What the form says the company calls them, and who comes into them: chosen, or typed in a field of names."""
    form = flask.request.form
    typed = {name: template_pages.people_in(company, form.get(f"people:{name}", "")) for name in package.groups}
    heads = {id: template_pages.people_in(company, form.get(f"head:{id}", "")) for id in package.departments}
    return taking.Own(
        {name: form.get(f"group:{name}", "").strip() for name in package.groups},
        {name: [*form.getlist(f"members:{name}"), *typed[name]] for name in package.groups},
        {id: form[f"department:{id}"] for id in package.departments if form.get(f"department:{id}", NEW) != NEW},
        {id: head[0] for id, head in heads.items() if head},
        stand_ins={name: myself for name in package.groups if f"alone:{name}" in form},
    )


def _sets() -> templates.Sets:
    return templates.Sets(opening.BPMN, opening.WORKFLOWS)


def _mapping(chosen: list[str], refusal: errors.Refusal | None = None, problems: Any = ()) -> str:
    with storage.reading() as session:
        page = template_pages.mapping(session, auth.current_actor(), _sets(), chosen)
    form = flask.request.form
    return flask.render_template(
        "processes/template_groups.html",
        title=_("Match the groups"),
        page=page,
        resources=templates.package(_sets(), chosen).resources if problems else [],
        chosen=chosen,
        given=form if refusal else None,
        faults={name: refusals[0] for name, refusals in refusal.fields.items()} if refusal else {},
        faulty={name.removeprefix("group:") for name in refusal.fields} if refusal else set(),
        problems=problems,
    )
