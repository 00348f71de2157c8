"""The approval sheet in the reader's language: its labels, how it writes values and events, where its code leads."""

from __future__ import annotations

import io
from collections.abc import Sequence

import flask
from flask_babel import gettext as _

from engine.papers import approval_sheet, case_papers
from engine.people.actors import Actor
from web.frame import filters, forms, i18n, part_words, storage, words
from web.frame.files import naming
from web.frame.operations import acted_words, events, signing


def ordered(by: Actor, keys: Sequence[int], wish: approval_sheet.Wish) -> case_papers.Paper:
    """The sheets of these cases; only with personal data in full is anything written, which an auditor may not."""
    opened = storage.transaction() if wish.is_full else storage.reading()
    with opened as session:
        return approval_sheet.order(session, by, keys, language(), address, wish, now=storage.now())


def sent(paper: case_papers.Paper) -> flask.Response:
    """The paper as a PDF to be saved or printed. Setting it takes seconds: call it where no transaction is open."""
    pdf = io.BytesIO(paper.document.make())
    response = naming.attached(flask.send_file(pdf, mimetype="application/pdf"), paper.name)
    response.headers["Cache-Control"] = "private, no-store"
    return response


def language() -> approval_sheet.SheetWords:
    """The words of the reader's language."""
    labels = {
        "sheet": _("Approval sheet"),
        "number": _("Number"),
        "initiator": _("Applicant"),
        "state": _("Where it stands"),
        "running": _("running"),
        "started": _("Started"),
        "ended": _("Ended"),
        "due": _("Due"),
        "linked": _("Linked cases"),
        "application": _("Application"),
        "beside": _("Not filled in by hand"),
        "came": _("Came with the case"),
        "opinions": _("Opinions"),
        "opinion": _("Result and opinion"),
        "signature": _("Signature"),
        "files": _("Files"),
        "course": _("Course of the case"),
        "time": _("Time"),
        "by": _("Handled by"),
        "step": _("Step"),
        "event": _("What happened"),
        "said": _("What was said"),
        "gone": _("before it was sent back"),
        "masked": _("Names and telephone numbers are masked."),
        "printed": _("printed"),
    }
    return approval_sheet.SheetWords(
        labels=labels,
        who=filters.acted,
        value=forms.plain,
        moment=filters.dated,
        event=words.event,
        effect=events.effect,
        ended=acted_words.ended,
        signature=signing.checked,
        position=part_words.position,
        filed_by=words.filed_by,
        is_chinese=i18n.language() != "en",
    )


def address(key: int) -> str:
    """The address of a case, as this server is reached."""
    return flask.url_for("cases.show", key=key, _external=True)
