"""What a case told its initiator as it ended by itself: why it came to nothing."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.basics.sayings import LANGUAGES
from engine.cases import history
from engine.definitions import definitions
from engine.storage.models import HistoryEvent, ProcessInstance


def said(session: Session, instance: ProcessInstance) -> str:
    """The words of the last notice to the initiator in the moment in which the case was refused, as the reader reads them; else ""."""
    if not (instance.ended_as or "").startswith("reject"):
        return ""
    event = HistoryEvent
    then = (event.instance_key == instance.key, event.kind == history.TOLD, event.at == instance.ended_at)
    for data in session.execute(select(event.data).where(*then).order_by(event.key.desc())).scalars():
        values = data.get("values")
        if isinstance(values, Mapping) and values.get("kind") == history.TOLD and instance.initiator in data["to"]:
            words = values["facts"].get("said") or {}
            language = session.info.get(definitions.LANGUAGE) or LANGUAGES[0]
            return str(words.get(language) or words.get(LANGUAGES[0]) or "") if isinstance(words, Mapping) else str(words)
    return ""
