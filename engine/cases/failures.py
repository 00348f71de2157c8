"""Why work failed, kept so that a page words it in its reader's language: the message id and what fills it."""

from __future__ import annotations

from engine import errors
from engine.cases.lines import incident_words
from engine.cases.personal.personal_data import Redaction
from engine.storage import models

LONGEST = 1000  # letters of one value


def kept(refusal: errors.Refusal) -> str:
    """The text under which a failure is stored."""
    values = {name: value if isinstance(value, int) else str(value)[:LONGEST] for name, value in refusal.values.items()}
    return models.dumps({"text": refusal.text, "values": values})


def read(stored: str | None) -> errors.Refusal | None:
    """The failure again; a bare text, as it was stored before, as itself, None where there was none."""
    if not stored:
        return None
    try:
        told = models.loads(stored)
        text = str(told["text"])
        return errors.Refusal(incident_words.NOW.get(text, text), fields=None, **told["values"])
    except (ValueError, TypeError, KeyError):
        return errors.Refusal("%(detail)s", fields=None, detail=stored)


def masked(failure: errors.Refusal, redaction: Redaction) -> errors.Refusal:
    """The failure with personal data of its case masked in what fills it."""
    return errors.Refusal(failure.text, fields=None, **redaction.value(failure.values))
