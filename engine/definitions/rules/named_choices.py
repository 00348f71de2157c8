"""What is wrong with properties of a user task: the texts of what contradicts, and unknown names of operations and outcomes."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from engine.basics.nearest import nearest
from engine.problems import Key, Word

ON_REJECT = "required on reject"
Told = tuple[str, dict[str, object]]
NOTHING_NEAR = "The property %(name)s has no effect here."
MISSPELT = "There is no property %(name)s; did you mean %(similar)s?"
OF_USER_TASKS = "The property %(name)s belongs to a user task, and has no effect here."
OF_END_EVENTS = "The property %(name)s belongs to an end event, and has no effect here."
NOT_HANDED_OVER = "Several decide (%(rule)s): such a task is not handed over when it is overdue."
OF_ONE = "Several decide (%(rule)s), so the buttons can only be the usual ones: agree, refuse, send back; not %(names)s."
VETOING = "%(rule)s, where it is “%(word)s”, and %(veto)s belong together."
WEIGHED = "%(name)s counts only where %(rule)s is a share of the votes or “%(word)s”."
NO_APPROVAL = "%(name)s lets an approval pass by itself; this step has no button “%(word)s”."
NOT_BESIDE_PASSING = {  # by the setting beside which no step may pass by itself
    "separate_from": "%(name)s lets this step pass by itself and cannot stand beside %(beside)s: a step of two people is done by both.",
    "signature": "%(name)s lets this step pass by itself and cannot stand beside %(beside)s: what is signed is signed by hand.",
    "cc": "%(name)s lets this step pass by itself and cannot stand beside %(beside)s: no copies would be sent.",
}
NO_OPERATION = "%(setting)s names the operation “%(name)s”, which there is not; there is: %(known)s."
NO_LABEL = "%(setting)s says nothing of the operation “%(name)s”: neither off nor what it is called, behind a colon."
NO_OUTCOME = "%(setting)s names “%(name)s”, which is no button of this step; there is: %(known)s."
NO_OPINION = "%(setting)s asks for an opinion, which %(opinion)s (“%(word)s”) leaves out."
NOTHING_TO_REFUSE = (
    "%(opinion)s (“%(word)s”) asks for nothing: this step neither refuses nor sends back; name its buttons in %(setting)s."
)


def named(**names: str) -> dict[str, object]:
    """Names of settings as values of a message."""
    return {name: Key(each) for name, each in names.items()}


def of_buttons(buttons: Sequence[tuple[str, str]], operations: Collection[str]) -> Iterator[Told]:
    """Faults of `buttons`, pairs of an operation and `off` or a label."""
    for name, label in buttons:
        if name not in operations:
            known = nearest(name, operations) or ", ".join(operations)
            yield NO_OPERATION, {"setting": Key("buttons"), "name": name, "known": known}
        elif not label:
            yield NO_LABEL, {"setting": Key("buttons"), "name": name}


def of_opinions(named: Sequence[str], outcomes: Collection[str], opinion: str, returns: str) -> Iterator[Told]:
    """Faults of `opinion_on`, the ids of outcomes that want an opinion, and of `opinion` as it is written.

    Outcomes of one's own are not understood: whether “more guidance” is a refusal, only the diagram can say.
    """
    if opinion == ON_REJECT and returns == "none" and not {"reject", "return"} & set(outcomes):
        yield NOTHING_TO_REFUSE, {"setting": Key("opinion_on"), "opinion": Key("opinion"), "word": Word("opinion", ON_REJECT)}
    if named and opinion == "none":
        yield NO_OPINION, {"setting": Key("opinion_on"), "opinion": Key("opinion"), "word": Word("opinion", "none")}
    for name in named:
        if name not in outcomes:
            yield (
                NO_OUTCOME,
                {"setting": Key("opinion_on"), "name": name, "known": nearest(name, outcomes) or ", ".join(outcomes)},
            )
