"""What somebody sends to start a case or complete a task: validated against the form, its files taken into the case."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import update

from engine import errors, forms
from engine.cases import cases, variable_size
from engine.cases.cases import Surroundings
from engine.definitions.definitions import Form
from engine.files import attachments
from engine.people.actors import Actor
from engine.storage import models

Given = Mapping[str, Any] | Callable[[Form | None], Mapping[str, Any]]
"""What was sent, or a function that reads it from a request once the form is known."""


class Submission:
    """One submission on its way into a case; `files` are the attachments that it names."""

    def __init__(self, around: Surroundings, instance: models.ProcessInstance | None) -> None:
        self.around, self.instance = around, instance
        self.files: set[int] = set()

    def validate(self, form: Form | None, given: Given, variables: Mapping[str, Any]) -> dict[str, Any]:
        """The clean values. Raises Invalid with `fields`, or for anything sent where there is no form; TooLarge."""
        sent = given(form) if callable(given) else given
        variable_size.check(self.around.session, sent)
        if form is None:
            return free_variables(self.around.by, sent)
        look_ups = self.around.functions(self.instance, by=None if self.around.by.is_system else self.around.by)
        clock = self.around.local_now
        return forms.validate(form.parsed, sent, variables, functions=look_ups, now=clock, attachments=self.file)

    def file(self, key: str) -> Mapping[str, Any] | None:
        """A file that this person has just handed in, or that the case holds already; else None."""
        usable = attachments.usable(self.around.session, self.around.by, self.instance)(key)
        if usable is not None:
            self.files.add(int(key))
        return usable

    def take_files(self, instance: models.ProcessInstance, task_key: int | None = None) -> None:
        """Makes the files that were named part of the case."""
        if self.files:
            row = models.Attachment
            loose = (row.key.in_(self.files), row.instance_key.is_(None))
            values = {"instance_key": instance.key, "user_task_key": task_key}
            self.around.session.execute(update(row).where(*loose).values(**values))


def free_variables(by: Actor, sent: Mapping[str, Any]) -> dict[str, Any]:
    """What may be sent where there is no form to check it against: nothing, but by administrators (API clients).

    Raises Invalid.
    """
    if sent and not by.is_administrator:
        raise errors.Invalid("There is no form here, so nothing can be sent with it.")
    taken = sorted(sent.keys() & set(cases.RESERVED))
    if taken:
        raise errors.Invalid("The variable %(name)s belongs to the engine.", name=taken[0])
    return dict(sent)
