"""What is wrong with a request's body, in the caller's language: of members, by the names under which he sent them."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Collection, Iterator, Mapping

from flask_babel import gettext as _

from engine import errors

# What verbs call a thing that a member of another name gives.
MEMBERS: Mapping[str, str] = {
    "mentioned": "people",
    "begins_at": "beginsAt",
    "ends_at": "endsAt",
    "every_second": "everySecond",
    "processes": "processDefinitionIds",
    "covers_existing": "coversExisting",
    "to": "person",
    "tasks": "userTaskKeys",
    "shared_with": "sharedWith",
    "process": "processDefinitionId",
    "element": "elementId",
}


def sentence(message: str) -> str:
    """A fault that the library found in the shape of a body, in words; it says them in English alone."""
    if message == "Field required":
        return _("This is missing.")
    kinds = {
        "string": _("This is to be a text."),
        "integer": _("This is to be a whole number."),
        "number": _("This is to be a number."),
        "decimal": _("This is to be a number."),
        "boolean": _("This is to be true or false."),
        "list": _("This is to be a list."),
        "dictionary": _("This is to be an object."),
    }
    for kind, told in kinds.items():
        if message.startswith(f"Input should be a valid {kind}"):
            return told
    if message.startswith(("Input should be an object", "Input should be a valid dict")):
        return _("This is to be an object.")
    return _limit(message)


def _limit(message: str) -> str:
    if match := re.fullmatch(r"Input should be (greater|less) than or equal to (\S+)", message):
        least, most = _("Not below %(limit)s.", limit=match[2]), _("Not above %(limit)s.", limit=match[2])
        return least if match[1] == "greater" else most
    if match := re.match(r"(String|List) should have at (least|most) (\d+)", message):
        return {
            ("String", "least"): _("At least %(n)s characters.", n=match[3]),
            ("String", "most"): _("At most %(n)s characters.", n=match[3]),
            ("List", "least"): _("At least %(n)s entries.", n=match[3]),
            ("List", "most"): _("At most %(n)s entries.", n=match[3]),
        }[match[1], match[2]]
    if match := re.fullmatch(r"Input should be ('.*')", message):
        return _("One of: %(names)s.", names=", ".join(re.findall(r"'([^']*)'", match[1])))
    return _("This is not of the described form.")


@contextlib.contextmanager
def by_members(sent: Collection[str]) -> Iterator[None]:
    """Refusals of what happens meanwhile name the members of `sent`, whatever the verb calls them."""
    try:
        yield
    except errors.Refusal as refusal:
        refusal.fields = {_member(name, sent): refusals for name, refusals in refusal.fields.items()}
        raise


def _member(name: str, sent: Collection[str]) -> str:
    """One of several people may be given by `person`, one by `people`; of others the name is the member's own."""
    if name in sent:
        return name
    named = MEMBERS.get(name, name)
    twin = {"people": "person", "person": "people"}.get(named, named)
    return twin if named not in sent and twin in sent else named
