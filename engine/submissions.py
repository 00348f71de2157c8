"""What somebody sends to start a case or complete a task: validated against the form, its files taken into the case."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select, update

from engine import cases, errors, forms, models
from engine.cases import Surroundings
from engine.definitions import Form
from engine.people.actors import Actor


class Submission:
    """One submission on its way into a case; `files` are the attachments that it names."""

    def __init__(self, around: Surroundings, instance: models.ProcessInstance | None) -> None:
        self.around, self.instance = around, instance
        self.files: set[int] = set()

    def validate(self, form: Form | None, sent: Mapping[str, Any], variables: Mapping[str, Any]) -> dict[str, Any]:
        """The clean values. Raises Invalid with `fields`, or for anything sent where there is no form."""
        if form is None:
            return free_variables(self.around.by, sent)
        look_ups = self.around.functions(self.instance)
        return forms.validate(form.parsed, sent, variables, functions=look_ups, now=self.around.now, attachments=self.file)

    def file(self, key: str) -> Mapping[str, Any] | None:
        """A file that this person has just handed in, or that the case holds already; else None."""
        row = self.around.session.get(models.Attachment, int(key)) if key.isdigit() and len(key) < 19 else None
        if row is None or row.company_id != self.around.by.company_id or not self._is_usable(row):
            return None
        self.files.add(row.key)
        return {"key": str(row.key), "name": row.name, "size": row.size, "type": row.media_type}

    def take_files(self, instance: models.ProcessInstance, task_key: int | None = None) -> None:
        """Makes the files that were named part of the case."""
        if self.files:
            row = models.Attachment
            loose = (row.key.in_(self.files), row.instance_key.is_(None))
            values = {"instance_key": instance.key, "user_task_key": task_key}
            self.around.session.execute(update(row).where(*loose).values(**values))

    def _is_usable(self, row: models.Attachment) -> bool:
        if row.instance_key is None:
            return row.uploaded_by == self.around.by.username
        return self.instance is not None and row.instance_key == self.instance.key


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
