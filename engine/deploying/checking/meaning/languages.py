"""Texts that stand in another language than the rest of the process: what a tool wrote by itself, ids in place of words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from engine import errors, forms, runtime
from engine.definitions import task_settings
from engine.problems import Problem

OTHER = "“%(text)s” is not in Chinese like the rest of the process: people read it as it stands."
_CHINESE = re.compile(r"[\u3400-\u9fff]")
_WORDS = re.compile(r"[A-Za-z]*[a-z]{3,}")  # words, not names such as IP or VPN


def of_program(program: runtime.Program) -> Iterator[Problem]:
    """Warnings at elements whose name, or a button of which, is not in the language of the process."""
    named = [(each, each.name) for each in program.elements.values() if each.name.strip()]
    if not _is_chinese(text for _element, text in named):
        return
    for element, text in named:
        if _is_other(text):
            yield Problem(element.id, element.name, OTHER, {"text": text.strip()}, "warning")
    for element in program.elements.values():
        for outcome in task_settings.read(element.properties).outcomes if element.type == "userTask" else ():
            text = outcome.label or outcome.id
            if outcome.id not in task_settings.STANDARD_OUTCOMES and _is_other(text):
                yield Problem(element.id, element.name, OTHER, {"text": text}, "warning")


def of_schema(schema: Mapping[str, Any]) -> Iterator[Problem]:
    """Warnings at the fields of a form whose label, or a choice of which, is not in the language of the form."""
    try:
        components = list(forms.load(schema).walk())
    except errors.Refusal:
        return  # told by the checks of the form
    if not _is_chinese(each.label for each in components if each.label):
        return
    for each in components:
        values = each.raw.get("values")
        choices = [str(one.get("label", "")) for one in values if isinstance(one, Mapping)] if isinstance(values, list) else []
        for text in (each.label, *choices):
            if _is_other(text):
                yield Problem(each.id, each.label, OTHER, {"text": text.strip()}, "warning")


def _is_chinese(texts: Iterable[str]) -> bool:
    """Whether most of the texts are Chinese."""
    are_chinese = [bool(_CHINESE.search(each)) for each in texts]
    return bool(are_chinese) and sum(are_chinese) * 2 > len(are_chinese)


def _is_other(text: str) -> bool:
    return bool(text.strip()) and not _CHINESE.search(text) and bool(_WORDS.search(text))
