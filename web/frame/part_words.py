"""The words of parts that people have in a case or a task: as what they read it, why they have one, how far they are, who decides it, who is against it."""

from __future__ import annotations

import flask
from flask_babel import gettext as _
from markupsafe import escape

from engine.cases.rights import access
from engine.definitions.rules import joint_rules
from engine.queries.cases import decisions
from engine.queries.inbox import inbox, task_page
from engine.verbs.approvals import voting
from web.frame import filters, words


def install(app: flask.Flask) -> None:
    """Offers these to all templates."""
    app.jinja_env.filters.update(
        part_taken=taken,
        position_word=position,
        asked_word=asked,
        part_word=part,
        right_words=right,
        decided_word=decided,
        against_words=against,
    )


def right(code: str) -> str:
    """A right by which somebody reads a case, a code of `access`, as he is told it."""
    words = {
        access.STARTED: _("you started it"),
        access.MANAGES: _("you manage the process"),
        access.OPERATES: _("you are an operator"),
        access.ADMINISTRATOR: _("you are an administrator"),
        access.AUDITOR: _("you are the auditor"),
        access.MANAGER: _("you lead the whole company"),
        access.FOLLOWER: _("you may look into this process"),
        access.LEADS: _("you lead a department that has a part in it"),
        access.TAKES_PART: _("you or a group of yours has a part in it"),
    }
    return words.get(code, "")


def position(code: str) -> str:
    """Why somebody has a part in a task that he was not given by the diagram; nothing for his own."""
    known = {"before": _("signs before"), "after": _("signs after"), "beside": _("co-signer"), "delegated": _("as delegate")}
    return known.get(code, "")


def taken(said: decisions.PersonPart, who: str) -> str:
    """Whose part it is, as `who` says the name: by whom he was asked for it, and for what; of his own part the name alone."""
    known = {
        "before": _("%(who)s signs before %(asker)s, who asked for it"),
        "after": _("%(who)s signs after %(asker)s, who asked for it"),
        "beside": _("%(who)s signs beside %(asker)s, who asked for it"),
        "delegated": _("%(who)s does it for %(asker)s"),
    }
    sentence = known.get(said.position, "") if said.asker else ""
    return escape(sentence) % {"who": who, "asker": said.asker} if sentence else who


def asked(code: str) -> str:
    """What whoever has such a part reads in his list; nothing where the part is his own."""
    known = {
        "before": _("co-sign"),
        "after": _("co-sign"),
        "beside": _("co-sign"),
        "delegated": _("do it and hand it back"),
    }
    return known.get(code, "")


def against(said: inbox.Against | task_page.GivenBack) -> str:
    """That somebody who was asked to do a task, or to sign it, is against it; as a deputy's with both names."""
    name = filters.acted(said.name)
    if said.position in voting.SIGNERS:
        return _("Co-signer %(name)s does not agree", name=name)
    if said.outcome == "return":
        return _("%(name)s, whom you asked to do it, would send it back", name=name)
    return _("%(name)s, whom you asked to do it, is against it", name=name)


def part(said: decisions.PersonPart) -> str:
    """How far somebody is with his part of a task; of one that is done what he did, not what the button says."""
    state_, note = said.state, said.note
    if state_ == "done":
        return words.chosen(said.label, said.outcome or "submit")
    known = {"open": _("has it now"), "waiting": _("comes later"), "removed": _("taken off")}
    if state_ == "closed":
        return _("somebody else took it") if note == "taken" else _("not needed any more")
    return known.get(state_, state_)


def rule(text: str) -> str:
    """Who decides a task, in words."""
    joint = joint_rules.read(text) or joint_rules.JointRule()
    share = f"{joint.share.numerator}/{joint.share.denominator}"
    known = {
        "any": _("the first decides"),
        "all": _("all must agree"),
        "sequential": _("all must agree, one after the other"),
        "ratio": _("more than %(share)s of the votes", share=share)
        if joint.is_more
        else _("%(share)s of the votes", share=share),
        "veto": _("%(share)s of the votes, with a veto", share=share),
    }
    return known[joint.name]


def decided(decision: decisions.JointDecision) -> str:
    """Who decides a task that several have a part in; whom its holder has asked for something does not decide in his place."""
    known = {
        "beside": _("the holder may decide now; it counts once every co-signer has answered"),
        "before": _("the holder decides, once those who sign first have agreed"),
        "after": _("the holder decides; those who sign afterwards must agree"),
        "delegated": _("done by the delegate and handed back; the holder decides"),
    }
    if decision.kind == "handle" and decision.rule in ("all", "sequential"):
        return _("everyone does their part") if decision.rule == "all" else _("everyone does their part, one after the other")
    if any(part.note == voting.OBJECTED for part in decision.parts):
        return _("the holder decides, and says why where a co-signer disagrees")
    return known.get(decision.asked) or rule(decision.rule)
