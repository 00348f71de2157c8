"""Which sequence flows of which processes the scenarios took."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from engine.definitions import definitions
from engine.scenarios.stage import Stage
from engine.storage import models

Taken = frozenset[tuple[str, str]]  # process id and sequence flow


def taken(stage: Stage) -> Taken:
    """What the walk that was just played has taken."""
    processes = {instance.key: instance.process_id for instance in stage.rows(models.ProcessInstance)}
    events = stage.rows(models.HistoryEvent, kind="taken")
    return frozenset((processes[event.instance_key], event.element_id) for event in events)


class Coverage:
    """Counts taken sequence flows by process, over all walks of a company."""

    def __init__(self, stage: Stage) -> None:
        self.flows: dict[str, frozenset[str]] = {}
        self.taken: defaultdict[str, set[str]] = defaultdict(set)
        with stage.database.reading(stage.company) as session:
            for definition in definitions.all_latest(session, stage.company):
                self.flows[definition.process_id] = frozenset(definition.program.flows)

    def add(self, taken: Taken) -> None:
        """Takes over what a walk has taken."""
        for process_id, flow in taken:
            self.taken[process_id].add(flow)

    def missing(self, process_id: str) -> list[str]:
        """The sequence flows of a process that no scenario took."""
        return sorted(self.flows.get(process_id, frozenset()) - self.taken[process_id])

    def share(self, process_id: str) -> float:
        """The share of sequence flows that were taken; 1.0 for a process without any."""
        flows: Iterable[str] = self.flows.get(process_id, frozenset())
        total = len(frozenset(flows))
        return 1.0 if not total else 1 - len(self.missing(process_id)) / total
