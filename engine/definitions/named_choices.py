"""What is wrong with properties of a user task that name its operations and outcomes: unknown names, with the nearest known one."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from engine.basics.nearest import nearest

Told = tuple[str, dict[str, object]]
NO_OUTCOME = "The property opinion_on names the outcome “%(name)s”, which this step does not offer; there is: %(known)s."
NO_OPINION = "The property opinion_on asks for an opinion, which opinion=none leaves out."


def of_buttons(buttons: Sequence[tuple[str, str]], operations: Collection[str]) -> Iterator[Told]:
    """Faults of `buttons`, pairs of an operation and `off` or a label."""
    for name, label in buttons:
        if name not in operations:
            known = nearest(name, operations) or ", ".join(operations)
            yield "There is no operation “%(name)s” to name in buttons; there is: %(known)s.", {"name": name, "known": known}
        elif not label:
            yield "The operation “%(name)s” in buttons needs off or a label behind a colon.", {"name": name}


def of_opinions(named: Sequence[str], outcomes: Collection[str], opinion: str) -> Iterator[Told]:
    """Faults of `opinion_on`, the ids of outcomes that want an opinion; a return is not drawn and always there."""
    if named and opinion == "none":
        yield NO_OPINION, {}
    for name in named:
        if name not in outcomes:
            yield NO_OUTCOME, {"name": name, "known": nearest(name, outcomes) or ", ".join(outcomes)}
