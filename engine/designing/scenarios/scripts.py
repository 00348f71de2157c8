"""A scenario [测试场景] as its text says it: read with everything unknown refused, and written again after a change."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from engine import errors
from engine.basics import toml_texts
from engine.basics.nearest import nearest

MOST_STEPS = 200
MOST_BYTES = 200_000
UNKNOWN = "“%(name)s” has no meaning at %(where)s of a scenario. Did you mean “%(meant)s”?"
MEANT = "“%(name)s” has no meaning at %(where)s of a scenario; known are %(known)s."
NO_CLOCK = "%(file)s needs `now`, a date and time with its zone."
WHOLE = ("title", "now", "settings", "record", "scheduled", "start", "step", "expect")
BESIDE = ("refused", "expect")
FORM = ("by", "form", "process")
MESSAGE = ("message", "correlation", "variables")
# What each kind of step may say, by the name that makes it one.
KINDS: Mapping[str, tuple[str, ...]] = {
    "task": ("by", "in", "form", "outcome", "opinion", "return", "hand_over", "sign", "delegate", "claim"),
    "until": (),
    "advance": (),
    "message": MESSAGE[1:],
    "signal": ("variables",),
    "cancel": (),
    "job": ("complete", "error", "fail"),
    "hold": (),
    "lift": (),
    "start": (),
}
EXPECTED = ("open", "state", "ended", "variables", "notices", "copies", "registers", "due", "incidents")
Script = dict[str, Any]


def read(text: str, name: str) -> Script:
    """A scenario; `name` is what its file is called. Raises Invalid for what cannot be read, or would not be obeyed."""
    try:
        script: Script = toml_texts.read(text, parse_float=Decimal)
    except ValueError as error:
        raise errors.Invalid("%(file)s cannot be read: %(detail)s", file=name, detail=str(error)) from error
    if not isinstance(script.get("now"), datetime) or script["now"].tzinfo is None:
        raise errors.Invalid(NO_CLOCK, file=name)
    _require_known(script)
    return script


def written(script: Mapping[str, Any]) -> str:
    """The text of a scenario. Raises Invalid, TooLarge for one that would not be read again."""
    ordered = {name: script[name] for name in WHOLE if name in script and script[name] not in ([], {})}
    text = toml_texts.dumps(ordered)
    if len(text.encode()) > MOST_BYTES or len(script.get("step", [])) > MOST_STEPS:
        limits = {"steps": MOST_STEPS, "size": MOST_BYTES // 1000}
        raise errors.TooLarge("A scenario has at most %(steps)s steps and %(size)s KB.", fields=None, **limits)
    read(text, str(script.get("title", "")))
    return text


def kind_of(step: Mapping[str, Any]) -> str:
    """What a step is: one of `KINDS`; empty for one that says nothing to do."""
    return next((kind for kind in KINDS if kind in step), "")


def _require_known(script: Script) -> None:
    _known(script, WHOLE, errors.Refusal("the beginning"))
    steps = script.get("step", [])
    if not isinstance(steps, list) or not all(isinstance(each, dict) for each in (*steps, *_tables(script))):
        raise errors.Invalid("start, expect and each step of a scenario are tables.")
    _known(script.get("start", {}), (*FORM, *MESSAGE, *BESIDE), errors.Refusal("the start"))
    for number, step in enumerate(steps, 1):
        kind = kind_of(step)
        if kind:
            _known(step, (kind, *KINDS[kind], *BESIDE), errors.Refusal("step %(n)s", n=number))
        _known(step.get("expect", {}), EXPECTED, errors.Refusal("step %(n)s", n=number))


def _tables(script: Script) -> list[Any]:
    return [script[name] for name in ("start", "expect", "settings") if name in script]


def _known(given: Mapping[str, Any], known: Collection[str], where: errors.Refusal) -> None:
    for name in given:
        if name not in known:
            meant = nearest(name, known)
            told: dict[str, object] = {"name": name, "where": where}
            raise (
                errors.Invalid(UNKNOWN, fields=None, **told, meant=meant)
                if meant
                else errors.Invalid(MEANT, fields=None, **told, known=", ".join(known))
            )
