"""One case in words: why it is here, who holds it, what comes next, how long it usually takes, what decided its branches."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from engine.cases.personal.personal_text import STAR
from engine.definitions import definitions
from engine.people import organisation
from engine.people.actors import Actor
from engine.queries.cases import instance_page
from engine.queries.cases.instance_page import InstancePage
from engine.queries.cases.way_so_far import PassedStep
from engine.queries.cases.words import branches, usual
from engine.queries.cases.words.branches import BranchTaken
from engine.queries.cases.words.usual import Left

MOST_PLACES = 5  # of which the usual time is told


@dataclass(frozen=True)
class Story:
    """The case's page with what is told beside it; `led_here` is what somebody did last, `left` by the key of an open task."""

    page: InstancePage
    led_here: PassedStep | None
    left: dict[int, Left]
    branches: list[BranchTaken]

    @property
    def shows_masked(self) -> bool:
        """Whether something that stands here is masked."""
        return any(STAR in str(fact.value) for branch in self.branches for fact in branch.facts)


def story(session: Session, by: Actor, key: int, *, now: datetime, is_revealed: bool = False) -> Story:
    """Masked as the case's page is. Raises NotFound for a case that this person may not know of."""
    page = instance_page.instance_page(session, by, key, now=now, is_revealed=is_revealed)
    instance = page.instance
    definition = definitions.by_key(session, instance.definition_key)
    company = organisation.at_version(session, by.company_id, by.organisation_version)
    redaction = None if is_revealed else instance_page.redaction(session, by, instance, definition, now=now)
    here = [place for place in page.places if place.instance_key == key][:MOST_PLACES]
    usual_left = {place.task_key: usual.left(session, instance, place, now=now) for place in here}
    done = [step for step in page.way if step.child is None]
    decided = [] if page.closed else branches.of_case(session, by, company, instance, definition, redaction, now=now)
    return Story(page, done[-1] if done else None, {task: left for task, left in usual_left.items() if left}, decided)
