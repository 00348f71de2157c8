"""What stood on the button of an outcome that somebody chose."""

from __future__ import annotations

from engine.definitions.task_settings import STANDARD_OUTCOMES, TaskSettings

OBJECTION = "不同意"  # what a signer may always say; where the step has no `reject` it ends nothing


def said(settings: TaskSettings | None, outcome_id: str) -> str:
    """The label that the step gives it, else the standard one; who refused where the step offers it not was a signer."""
    chosen = settings.outcome(outcome_id) if settings is not None else None
    if chosen is not None:
        return chosen.label
    return OBJECTION if settings is not None and outcome_id == "reject" else STANDARD_OUTCOMES.get(outcome_id, outcome_id)
