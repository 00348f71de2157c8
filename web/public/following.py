"""The public page on which a customer follows what was filed, answers its questions and rates the end."""

from __future__ import annotations

from typing import Any

import flask
from flask_babel import gettext as _

from engine import errors
from engine.intake import answers, filing, rate
from engine.queries.public import public_case
from web.frame import addresses, filters, flashes, forms, storage
from web.public import public

blueprint = flask.Blueprint("following", __name__, url_prefix="/p")


@blueprint.get("/<company_id>/follow")
def show(company_id: str) -> str:
    """Where it stands; number and secret are asked for first."""
    return _page(company_id)


@blueprint.post("/<company_id>/follow")
def enter(company_id: str) -> Any:
    """Opens the case of a number and its secret; a wrong one tells nothing."""
    public.limited(company_id, rate.FOLLOWING)
    given = flask.request.form
    with public.reading(company_id) as session:
        filed = answers.find(session, company_id, given.get("number", ""), given.get("secret", ""))
        key = filed.key if filed else None
    if key is None:
        return _asked(company_id, errors.Forbidden("The case number or the access code is wrong.")), 403
    flask.session[public.FOLLOWED] = [company_id, key]
    return flask.redirect(flask.url_for("following.show", company_id=company_id))


@blueprint.post("/<company_id>/follow/leave")
def leave(company_id: str) -> Any:
    """Forgets the number and secret on this device."""
    flask.session.pop(public.FOLLOWED, None)
    return flask.redirect(flask.url_for("following.show", company_id=company_id))


@blueprint.post("/<company_id>/follow/answer")
def answer(company_id: str) -> Any:
    """Answers a question that the case asks."""
    public.limited(company_id, rate.ANSWERING)
    key, question_key = _followed(company_id), addresses.key("question") or 0
    try:
        with public.transaction(company_id) as session:
            question = _question(session, company_id, key, question_key)
            answers.answer(session, company_id, key, question_key, forms.sent(question.form), now=storage.now())
    except errors.Invalid as refusal:
        return _page(company_id, refusal, question_key), 422
    flashes.say(_("Thank you. Your answer has been passed on."))
    return flask.redirect(flask.url_for("following.show", company_id=company_id))


@blueprint.post("/<company_id>/follow/withdrawal")
def withdraw(company_id: str) -> Any:
    """Ends the case at the customer's wish."""
    public.limited(company_id, rate.ANSWERING)
    key = _followed(company_id)
    try:
        with public.transaction(company_id) as session:
            answers.withdraw(session, company_id, key, flask.request.form.get("reason", ""), now=storage.now())
    except errors.Invalid as refusal:
        return _page(company_id, refusal), 422
    flashes.say(_("You have withdrawn it."))
    return flask.redirect(flask.url_for("following.show", company_id=company_id))


@blueprint.post("/<company_id>/follow/rating")
def rate_end(company_id: str) -> Any:
    """Keeps the rating of a case that is over."""
    public.limited(company_id, rate.ANSWERING)
    key, given = _followed(company_id), flask.request.form
    try:
        with public.transaction(company_id) as session:
            answers.rate(session, company_id, key, given.get("stars", ""), given.get("comment", ""), now=storage.now())
    except errors.Invalid as refusal:
        return _page(company_id, refusal), 422
    flashes.say(_("Thank you for your rating."))
    return flask.redirect(flask.url_for("following.show", company_id=company_id))


def _followed(company_id: str) -> int:
    """The filing that this browser has given the secret of. Raises NotFound for none of this company."""
    company, key = flask.session.get(public.FOLLOWED) or ("", 0)
    if company != company_id:
        raise errors.NotFound(filing.NOT_HERE)
    return int(key)


def _question(session: Any, company_id: str, key: int, question_key: int) -> answers.CustomerQuestion:
    _own, instance, words = answers.opened(session, company_id, key)
    questions = answers.questions(session, instance, words, now=storage.now())
    question = next((each for each in questions if each.key == question_key), None)
    if question is None:
        raise errors.Conflict(answers.ANSWERED)
    return question


def _page(company_id: str, refusal: errors.Invalid | None = None, question_key: int | None = None) -> str:
    if (flask.session.get(public.FOLLOWED) or ("",))[0] != company_id:
        return _asked(company_id)
    with public.reading(company_id) as session:
        words = _words()
        case = public_case.public_case(session, company_id, _followed(company_id), now=storage.now(), words=words)
        scope = filing.scope(session, company_id, "", {}, now=storage.now())
        drawn = [
            (
                question,
                forms.redrawn(question.form, scope, refusal.fields)
                if refusal and question.key == question_key
                else forms.opened(question.form, scope),
            )
            for question in case.questions
        ]
        values = {"case": case, "questions": drawn, "refusal": refusal, "stars": words.ratings, "now": storage.now()}
        values["today"] = storage.now().astimezone(filters.zone()).date()
        return public.drawn(session, company_id, "public/case.html", case.title, **values)


def _words() -> answers.QuestionWords:
    """The standard questions in the language of the page."""
    stars = (_("Very satisfied"), _("Satisfied"), _("Neither nor"), _("Dissatisfied"), _("Very dissatisfied"))
    return answers.QuestionWords(
        _("Your answer"),
        _("Yes, I accept"),
        _("No, I do not accept"),
        _("How satisfied are you?"),
        stars,
        _("Anything to add"),
        _("If you answer “{no}”, please say why here"),
    )


def _asked(company_id: str, refusal: errors.Refusal | None = None) -> str:
    with public.reading(company_id) as session:
        if not filing.offers(session, company_id):
            raise errors.NotFound(filing.NOT_HERE)
        return public.drawn(session, company_id, "public/follow.html", _("Follow your case"), refusal=refusal)
