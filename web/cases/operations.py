"""The operations on a case beside its form: a dialog for each, which works as a page of its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import flask
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from engine import errors
from engine.cases.rights import access
from engine.deadlines import extensions
from engine.people import organisation
from engine.people.actors import Actor
from engine.queries.cases import offered
from engine.queries.cases.where import places, standing
from engine.storage.models import ProcessInstance
from engine.verbs.approvals import consulting, jumps
from engine.verbs.operating import skipping
from engine.verbs.sharing import copies, linking
from web.account import auth
from web.frame import addresses, filters, flashes, navigation, storage
from web.frame.operations import acts, approval_choices, choosing, onward
from web.frame.operations.approval_acts import BETWEEN

blueprint = flask.Blueprint("case_operations", __name__)


def show(key: int, name: str) -> str:
    """The dialog of an operation, for who is offered it."""
    return _drawn(key, acts.ON_CASES[name])


def do(key: int, name: str) -> Any:
    """Does it; what is wrong is told in its dialog, and nothing typed is lost."""
    act = acts.ON_CASES[name]
    if choosing.is_asked():
        return _drawn(key, act)
    if name == "jump" and flask.request.form.get("seen") != flask.request.form.get("target"):
        return _foreseen(key, act)
    try:
        with storage.transaction() as session:
            made = act.verb(session, auth.current_actor(), key, acts.sent(), storage.now())
            target = _after(key, name, made)
            way_on = onward.after(session, auth.current_actor(), key, str(act.label)) if name == "jump" else onward.OnwardWay()
    except errors.Invalid as refusal:
        return _drawn(key, act, refusal), 422
    flashes.say(way_on.said or _left_out(made) or act.done)
    return flask.redirect(way_on.address or target)


@blueprint.post("/cases/<int:key>/remark")
def remark(key: int) -> Any:
    """What a reader of a copy says to it."""
    with storage.transaction() as session:
        copies.remark(session, auth.current_actor(), key, flask.request.form.get("text", ""), now=storage.now())
    flashes.say(_("It stands beside your name."))
    return flask.redirect(flask.url_for("cases.show", key=key))


@blueprint.post("/cases/<int:key>/links/<int:other>/remove")
def unlink(key: int, other: int) -> Any:
    """Takes back a link that was made by hand."""
    with storage.transaction() as session:
        linking.unlink(session, auth.current_actor(), key, other, now=storage.now())
    flashes.say(_("The cases are not linked any more."))
    return flask.redirect(flask.url_for("cases.show", key=key))


@blueprint.post("/tasks/<int:key>/extension")
def decide_extension(key: int) -> Any:
    """Grants or refuses the time that was asked for a task; back to its case."""
    sent = flask.request.form
    is_granted = sent.get("granted") == "1"
    with storage.transaction() as session:
        wish = extensions.decide(session, auth.current_actor(), key, is_granted, sent.get("reason", ""), now=storage.now())
        case = wish.instance_key
    flashes.say(_("More time is granted.") if is_granted else _("It is refused; the old deadline stays."))
    return flask.redirect(flask.url_for("cases.show", key=case))


@blueprint.post("/tasks/<int:key>/extension/taken-back")
def take_back_extension(key: int) -> Any:
    """The time asked for is not wanted any more; back to its case."""
    with storage.transaction() as session:
        case = extensions.take_back(session, auth.current_actor(), key, now=storage.now()).instance_key
    flashes.say(_("No more time is asked for; the old deadline stays."))
    return flask.redirect(flask.url_for("cases.show", key=case))


@blueprint.post("/questions/<int:key>/taken-back")
def take_back_question(key: int) -> Any:
    """My question wants no answer any more; back to its case."""
    with storage.transaction() as session:
        case = consulting.take_back(session, auth.current_actor(), key, now=storage.now()).instance_key
    flashes.say(_("The question is taken back."))
    return flask.redirect(flask.url_for("cases.show", key=case))


def _drawn(key: int, act: acts.Act, refusal: errors.Refusal | None = None, **beside: Any) -> str:
    with storage.reading() as session:
        by = auth.current_actor()
        case = access.require_case(session, by, key)
        offers = acts.shown(offered.on_case(session, by, case, now=storage.now()), acts.ON_CASES)
        chosen = next((each for each in offers if each.act == act), None)
        if chosen is None or not act.asks:
            raise offered.why_not(session, by, case, act.name, now=storage.now())
        if chosen.barred is not None:
            raise chosen.barred
        if any(field.with_mentions for field in act.fields) and not offered.may_mention(session, by, case, now=storage.now()):
            chosen = acts.without_mentions(chosen)
        choices = CHOICES[act.name](session, by, case) if act.name in CHOICES else []
        if act.name == "urge":
            beside["urged"] = _urged(session, by, case)
        return choosing.dialog(
            session,
            by,
            chosen,
            title=f"{case.number} {case.title}",
            action=flask.url_for(f"case_operations.do_{act.name}", key=key),
            back=flask.url_for("cases.show", key=key),
            refusal=refusal,
            case=key,
            task=addresses.key_before_colon("task") if choosing.is_asked() else None,
            choices=choices,
            picked=_picked(choices),
            **beside,
        )


def _urged(session: Session, by: Actor, case: ProcessInstance) -> list[places.CurrentPlace]:
    """The open steps of the case that others than the reader have, the most urgent first: who is urged there, and until when."""
    company = organisation.at_version(session, by.company_id, by.organisation_version)
    stands = standing.of_cases(session, by, company, {case.key: case.root_key})[case.key]
    return [place for place in stands.by_limit if place.others(by.username)]


def _foreseen(key: int, act: acts.Act) -> Any:
    """The dialog again, with what the chosen move would do; sent once more it is done."""
    place, _bar, target = flask.request.form.get("target", "").partition(BETWEEN)
    with storage.reading() as session:
        foreseen = jumps.foresee(session, auth.current_actor(), key, place, target, now=storage.now())
    return _drawn(key, act, foreseen=foreseen, hidden=[("seen", flask.request.form.get("target", ""))])


def _picked(choices: approval_choices.Choices) -> str:
    """The choice of the task in whose row a list offers this; "" where it is offered on the case. Raises Conflict where it waits no more."""
    row = flask.request.args.get("task")
    if row is None:
        return ""
    value = next((each[0] for each in choices if each[0].partition(":")[0] == row), None)
    if value is None:
        raise errors.Conflict(skipping.NOT_THERE)
    return value


def _steps(session: Session, by: Actor, case: ProcessInstance) -> list[tuple[str, str]]:
    """The open steps of the case, one for each person or group that has a part in it."""
    company = organisation.at_version(session, by.company_id, by.organisation_version)
    here = places.of_roots(session, company, [case.root_key]).get(case.root_key, [])
    lacking = standing.without_voters(session, case)
    return [
        (f"{place.task_key}:{username}", f"{place.name} · {name}")
        for place in here
        if place.task_key not in lacking
        for username, name in (
            zip(place.usernames, place.holders, strict=True) if place.usernames else [("", filters.people(place.held_by))]
        )
    ]


def _without_voters(session: Session, by: Actor, case: ProcessInstance) -> list[tuple[str, str]]:
    """The open steps that several are to decide and that nobody was found for."""
    company = organisation.at_version(session, by.company_id, by.organisation_version)
    here = places.of_roots(session, company, [case.root_key]).get(case.root_key, [])
    lacking = standing.without_voters(session, case)
    return [(str(place.task_key), place.name) for place in here if place.task_key in lacking]


CHOICES: dict[str, Callable[[Session, Actor, ProcessInstance], approval_choices.Choices]] = {
    "assign": _steps,
    "choose_voters": _without_voters,
    "remove_signer": approval_choices.of_signers,
    "jump": approval_choices.of_jump,
}


def _left_out(made: Any) -> str:
    """Who of a group got no copy, and why."""
    names = made.left_out if isinstance(made, copies.Copied) else []
    if not names:
        return ""
    return _("The copies are on their way, but not to %(names)s, who must not see this case.", names=filters.listed(names))


def _after(key: int, name: str, made: Any) -> str:
    """Where an operation leads: mostly back to the case, from the row of a list back to that."""
    if flask.request.form.get("then") == "list":
        return navigation.way_back()[0]
    if name == "start_again":
        return flask.url_for("start.form", process_id=made.process_id, draft=made.key)
    if name == "withdraw":
        return flask.url_for("tasks.show", key=made)
    if name == "reopen":
        return flask.url_for("cases.show", key=made.key)
    return flask.url_for("cases.show", key=key)


for _name, _act in acts.ON_CASES.items():
    if _act.asks:
        blueprint.add_url_rule(f"/cases/<int:key>/{_name}", f"show_{_name}", acts.bound(show, _name), methods=["GET"])
    blueprint.add_url_rule(f"/cases/<int:key>/{_name}", f"do_{_name}", acts.bound(do, _name), methods=["POST"])
