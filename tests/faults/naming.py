"""The small inputs name no step; a process that people work in has to, so each is called by its id here."""

from __future__ import annotations

import re

STEP = re.compile(
    rb"<(bpmn:|bpmn2:|)(userTask|manualTask|receiveTask|sendTask|serviceTask|businessRuleTask|callActivity|intermediateCatchEvent)\b([^>]*)>"
)


def named(diagram: bytes) -> bytes:
    """The diagram with the id as name of every step that has none."""
    return STEP.sub(_named, diagram)


def _named(found: re.Match[bytes]) -> bytes:
    whole, attributes = found[0], found[3]
    if re.search(rb"\bname=", attributes):
        return whole
    given = re.search(rb"""\bid=["']([^"']+)["']""", attributes)
    assert given is not None
    place = len(found[1]) + len(found[2]) + 1
    return whole[:place] + b' name="' + given[1] + b'"' + whole[place:]
