"""What a deputy did in somebody's name: news for whom he stood in for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from engine.announcing.news.telling import CaseNews, News
from engine.basics.sayings import Said
from engine.cases import notices
from engine.definitions import definitions, outcome_labels
from engine.storage.models import HistoryEvent

ACTED = frozenset(["completed", "voted", "returned"])
SUBJECT = Said("已代您办理：{step}（{number}）", "Done for you: {step} ({number})")
DONE = Said("{who}代您办理了“{step}”。", "{who} did “{step}” for you.")
DECIDED = Said("{who}代您办理了“{step}”：{outcome}。", "{who} did “{step}” for you: {outcome}.")
SENT_BACK = Said("{who}代您把单据从“{step}”退回。", "{who} sent the case back from “{step}” for you.")


def done_for(told: CaseNews) -> Iterator[News]:
    """Each act of a deputy once, for whoever was away; in words that quote nothing of the case."""
    for event in told.of(ACTED):
        whom = event.data.get("for")
        for reader in told.company.active([whom]) if whom and whom != event.actor else ():
            yield News(
                "deputy", reader, f"acted:{told.instance.key}:{event.sequence}", None, _facts(told, event), is_in_page=True
            )


def _facts(told: CaseNews, event: HistoryEvent) -> dict[str, Any]:
    drawn = definitions.as_drawn(told.session, told.instance.definition_key)
    step = event.element_name or ""
    chosen = str(event.data.get("vote") or event.data.get("outcome") or "")
    outcome = outcome_labels.said(drawn.tasks.get(event.element_id or ""), chosen) if chosen != "submit" else ""
    words = SENT_BACK if event.kind == "returned" else DECIDED if outcome else DONE
    said = words.of(who=told.company.name_of(event.actor), step=step, outcome=outcome)
    subject = SUBJECT.of(step=step, number=told.instance.number)
    return {"subject": notices.by_language(subject, drawn), "said": notices.by_language(said, drawn)}
