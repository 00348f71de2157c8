"""What the customer of a case was promised, as his own page tells it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from engine import feel
from engine.cases.cases import Surroundings
from engine.definitions.definitions import Definition
from engine.people.actors import Actor
from engine.storage.models import ProcessInstance

DATED = re.compile(r"\d{4}-\d\d-\d\d")


def date_of(around: Surroundings, instance: ProcessInstance, definition: Definition, variables: Mapping[str, Any]) -> str:
    """The day or moment that the customer was promised, as ISO 8601 writes it; "" where none is yet, or only a sentence.

    `variables` are those of the case as JSON holds them.
    """
    public = definition.settings.public
    if public is None or not public.promise:
        return ""
    context = {name: feel.from_json(value) for name, value in variables.items()}
    value = worked_out(around, instance, public.promise, context)
    return value if is_dated(value) else ""


def is_dated(value: Any) -> bool:
    """Whether what was promised is a day or a moment, not a sentence."""
    return isinstance(value, str) and bool(DATED.match(value))


def worked_out(around: Surroundings, instance: ProcessInstance, text: str, context: Mapping[str, Any]) -> Any:
    """What a text of the public page comes to, as JSON holds it; None where it is not known yet."""
    if not feel.is_expression(text):
        return text
    nobody = Actor(around.by.company_id, "", "")  # of customer records the world may know nothing
    look_ups = around.functions(instance, by=nobody)
    try:
        value = feel.evaluate(feel.body(text), context, functions=look_ups, now=around.local_now)
    except feel.FeelError:
        return None
    return feel.to_json(value)
