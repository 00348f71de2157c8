"""One process instance under way: begin or load it, tell it what happened, read what it reports."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from SpiffWorkflow.util.task import TaskState

from engine import errors, feel
from engine.runtime import build, conditions, graph, state
from engine.runtime import move as moving
from engine.runtime import scopes as scopes_
from engine.runtime.effects import Effects, Host
from engine.runtime.nodes import catching, subscriptions
from engine.runtime.program import Json, Program
from engine.runtime.tokens import MAX_STEPS, MAX_WORK, Failure, Token, Tree
from engine.runtime.waits import Awaited, AwaitedTimer

_WORK = frozenset({"user_task", "job", "call", "decision"})
_EVENTS = frozenset({"message", "signal"})
_TIMERS = frozenset({"timer"})
_HUMAN = frozenset({"user_task", "timer"})


class Run:
    """A process instance whose tokens all rest between calls; every call moves them to the next rest.

    `take` hands over what happened. Tokens are named by the ids that the waits carry; an id that rests no more
    raises `errors.Conflict`.
    """

    def __init__(self, program: Program, tree: Tree) -> None:
        self.program = program
        self._tree = tree

    def take(self) -> Effects:
        """What happened since `begin` or `load`, or since the last call; each thing is handed over once."""
        effects, self._tree.effects = self._tree.effects, Effects()
        return effects

    @property
    def waits_for_people(self) -> bool:
        """Whether all that `take` would hand over are steps to user tasks and timers: nothing was sent or asked elsewhere."""
        effects = self._tree.effects
        return not (self.is_ended or effects.thrown) and all(wait.kind in _HUMAN for wait in effects.opened)

    @property
    def is_ended(self) -> bool:
        """Whether the instance is over, completed or cancelled."""
        ended: bool = self._tree.root.is_finished
        return ended

    @property
    def end(self) -> list[str]:
        """The end events of the process that were reached, each once."""
        return list(self._tree.ended)

    @property
    def live(self) -> list[tuple[str, str]]:
        """Where tokens are: element id and kind (a wait's kind, incident, join, gateway, or scope)."""
        return [(token.task_spec.element.id, _kind(token)) for token in self._tree.tasks.values() if _is_shown(token)]

    @property
    def joins(self) -> list[tuple[str, list[str]]]:
        """Gateways at which tokens wait for others, each with the elements where these still are."""
        waiting = (each for each in self._tree.tasks.values() if _is_shown(each) and _kind(each) == "join")
        at = {(each.home.id, each.task_spec.element.id): each for each in waiting}
        return [(element, token.task_spec.missing(token.home)) for (_home, element), token in at.items()]

    def dump(self) -> dict[str, Any]:
        """The live state as a JSON value for `load`."""
        return state.dump(self._tree)

    def advance(self) -> None:
        """Move all tokens until they rest; after 10,000 steps, or seconds of FEEL, an incident takes over."""
        tree = self._tree
        tree.work = steps = 0
        while tree.queue or conditions.decide(tree):
            token = tree.queue.popleft() if tree.queue else None
            if token is None or not token.has_state(TaskState.READY):
                continue
            steps += 1
            if steps > MAX_STEPS or tree.work > MAX_WORK:
                _halt(tree, token, steps - 1)
                return
            token.run()

    def complete(
        self,
        token: str,
        variables: Mapping[str, Json],
        *,
        outcome: str | None = None,
        result: str = "outcome",
        straight_to: tuple[str, list[tuple[str, str]]] | None = None,
    ) -> None:
        """The work at `token` (user task, job, call, decision) is done with these variables.

        They follow Camunda 8's rules: local under output mappings, else to the scope that holds each name.
        `outcome` becomes the variable that `result` names, seen by the output mappings and by what follows.
        `straight_to` names an element of the same scope to go on at, and the human steps that count as done there (as
        `passed`), instead of what follows in the diagram.
        """
        resting = self._resting(token, _WORK)
        decided = {} if outcome is None else {result: outcome}
        resting.task_spec.receive(resting, {**_values(variables), **decided})
        if resting.task_spec.element.outputs:
            # Mappings keep results to the task, but gateways behind it decide by the outcome.
            scopes_.write(resting.home, decided)
        if straight_to is None:
            resting.task_spec.finish(resting)
        else:
            self._go_straight(resting, *straight_to)
        self.advance()

    def _go_straight(self, token: Token, target: str, passed: list[tuple[str, str]]) -> None:
        try:
            moving.go_straight(self._tree, token, target, tuple(reversed([(element, visit) for element, visit in passed])))
        except Failure as failure:
            self._tree.close(token, "completed")
            self._tree.fail(token, failure, "leave")

    def fire(self, token: str) -> None:
        """The timer at `token` is due. A cycle arms itself again as a new wait."""
        catching.trigger(self._resting(token, _TIMERS), {})
        self.advance()

    def deliver(self, token: str, variables: Mapping[str, Json]) -> None:
        """The message or signal that `token` waits for has come."""
        catching.trigger(self._resting(token, _EVENTS), _values(variables))
        self.advance()

    def throw_error(self, token: str, code: str, message: str, variables: Mapping[str, Json]) -> bool:
        """A BPMN error from the work at `token`; False when nothing in the process catches it.

        The catching event receives `variables`, and `errorCode` and `errorMessage` beside them.
        """
        known = {**_values(variables), "errorCode": code, "errorMessage": message}
        return self._throw(token, "error", code, known)

    def escalate(self, token: str, code: str, variables: Mapping[str, Json]) -> bool:
        """A BPMN escalation from the work at `token`; False when nothing in the process catches it."""
        return self._throw(token, "escalation", code, _values(variables))

    def signal(self, name: str, variables: Mapping[str, Json]) -> None:
        """A signal has come to whatever waits for it in this process."""
        catching.signal(self._tree, name, _values(variables))
        self.advance()

    def _throw(self, token: str, kind: str, code: str, variables: dict[str, Any]) -> bool:
        caught = catching.throw(self._resting(token, _WORK), kind, code, variables)
        self.advance()
        return caught

    def bars(self, token: str) -> bool:
        """Whether what `token` waits for may not come any more: it would interrupt a case past its point of no return."""
        return catching.is_barred(self._token(token))

    def retry(self, token: str) -> None:
        """Evaluate anew what failed; `token` is the incident's or the failed token's id."""
        failed = self._failed(token)
        if failed is None:
            raise errors.Conflict("This incident is already resolved.")
        stage = self._tree.settle(failed, "completed")
        if stage == "enter":
            failed.task_spec._update(failed)
        elif stage == "leave":
            failed.task_spec.finish(failed)
        elif stage == "check":
            failed.task_spec.check(failed)
        else:
            _resume(self._tree, failed)
        self.advance()

    def rest_again(self, token: str, awaited: Awaited) -> None:
        """Report anew what `token` waits for, as if it had just come to rest there: nothing was made of it the first time.

        The moment of a timer is worked out anew: what its text asks for may be another by now.
        """
        resting = self._resting(token, frozenset({awaited.kind}))
        if isinstance(awaited, AwaitedTimer):
            awaited = subscriptions.timer_again(resting, awaited)
        self._tree.open(resting, awaited)

    def set_variables(self, scope: str | None, variables: Mapping[str, Json]) -> None:
        """Set variables in the scope of a token, or of the process when `scope` is None."""
        token = self._tree.root if scope is None else self._token(scope)
        token.data.update(_values(variables))
        self._tree.dirty = True
        self.advance()

    def know(self, name: str, value: Json) -> None:
        """Set a variable of the process for which nothing has asked yet: no token moves by it."""
        self._tree.root.data.update(_values({name: value}))

    def place(self, token: str) -> str | None:
        """The element at which a token stands; None when it is gone."""
        holder = self._tree.tasks.get(token)
        return None if holder is None or holder.is_finished else holder.task_spec.element.id

    def variables(self, token: str | None = None) -> dict[str, Any]:
        """What a token sees, or the variables of the process."""
        return scopes_.visible(self._tree.root if token is None else self._token(token))

    def move(self, tokens: list[str], target: str, *, forget: Collection[str] = ()) -> None:
        """Send tokens back or on to `target`: they are cancelled, a fresh one starts there.

        The variables of the process named in `forget` hold null from then on: what they say was taken back.

        Raises `errors.Conflict` for a token that is gone or a case past its point of no return, `errors.Invalid` for an
        impossible target.
        """
        refusal = self._tree.host.bound()
        if refusal is not None:
            raise refusal
        moving.move(self._tree, self.program, [self._token(token) for token in tokens], target)
        self._tree.root.data.update({name: None for name in forget if name in self._tree.root.data})
        self.advance()

    def places(self) -> list[tuple[str, str, str]]:
        """The tokens that may be moved by themselves: id, element, and kind as in `live`; those of gateways wait for others."""
        shown = (token for token in self._tree.tasks.values() if _is_shown(token) and token.outer is not None)
        return [(token.id, token.task_spec.element.id, _kind(token)) for token in shown]

    def waiting(self) -> list[tuple[str, str, str]]:
        """Everything that waits for somebody or something, what hangs on an activity included: token, element, kind as in `live`."""
        waits = (token for token in self._tree.tasks.values() if token.wait and not token.is_finished)
        return [(token.id, token.task_spec.element.id, _kind(token)) for token in waits]

    def aims(self, token: str) -> dict[str, list[str]]:
        """Where a token may be moved by hand (流程干预): element ids, with the tokens that have to move with it.

        Within its own branch it moves alone; elsewhere everything that goes on in the process moves, so that no join waits
        for a token that is not there.
        """
        return moving.aims(self._tree, self.program, self._token(token))

    def passed(self, token: str) -> list[tuple[str, str]]:
        """The human steps on the way that a token has come, the nearest first: element id, and token id of the visit.

        None of a parallel block that was joined since, or of a subprocess that is over; a step that was done again
        stands there once. The visit of a step that was done before there were such trails is "".
        """
        return list(reversed(self._token(token).trail))

    def region(self, visit: tuple[str, str]) -> list[str]:
        """The live tokens that have come from the visit of a human step: those to move when going back there."""
        return [token.id for token in moving.region(self._tree, visit)]

    def within(self, tokens: list[str]) -> list[str]:
        """These tokens and all that goes on inside them."""
        wanted = set(tokens)
        return [token.id for token in self._tree.tasks.values() if any(each.id in wanted for each in token.chain())]

    def everything(self) -> list[str]:
        """The live tokens of the process itself: those to move when going back to its beginning."""
        return [token.id for token in moving.everything(self._tree)]

    def cancel(self) -> None:
        """End the instance here and now."""
        self._tree.root.cancel()

    def end_with(self, variables: Mapping[str, Json]) -> None:
        """End the instance here and now, with these variables in the scope of the process."""
        self._tree.root.data.update(_values(variables))
        self._tree.dirty = True
        self.cancel()

    def _token(self, token: str) -> Token:
        holder: Token | None = self._tree.tasks.get(token) or self._failed(token)
        if holder is None or holder.is_finished:
            raise errors.Conflict("This step is no longer open.")
        return holder

    def _resting(self, token: str, kinds: frozenset[str]) -> Token:
        resting = self._token(token)
        if resting.wait not in kinds:
            raise errors.Conflict("This step is no longer open.")
        return resting

    def _failed(self, token: str) -> Token | None:
        for failing in self._tree.tasks.values():
            incident = failing.internal_data.get("incident")
            if incident and token in (incident[0], failing.id):
                failed: Token = failing
                return failed
        return None


def _values(variables: Mapping[str, Json]) -> dict[str, Any]:
    return {name: feel.to_json(value) for name, value in variables.items()}


def _is_shown(token: Token) -> bool:
    if token.attached or token.is_finished:
        return False
    return token.task_spec.is_place or "incident" in token.internal_data


def _kind(token: Token) -> str:
    if "incident" in token.internal_data:
        return "incident"
    if token.wait:
        return token.wait
    if token.task_spec.element.type.endswith("Gateway"):
        return "join" if token.has_state(TaskState.WAITING) else "gateway"
    return "scope"


def _halt(tree: Tree, token: Token, steps: int) -> None:
    """Park what is ready and say that the process goes round without end."""
    tree.queue.clear()
    tree.fail(token, Failure("The process went on for %(steps)s steps without resting.", steps=steps), "run")


def _resume(tree: Tree, failed: Token) -> None:
    # A failed token goes on, and with it whatever an endless round has left ready.
    failed._set_state(TaskState.READY)
    tree.queue.extend(token for token in tree.tasks.values() if token.has_state(TaskState.READY))


def begin(
    program: Program, variables: Mapping[str, Json], *, host: Host, start_element: str | None = None, prune: bool = True
) -> Run:
    """Start an instance and move it to its first rest.

    `start_element` names a start event; without it the none start event, else the only one, is taken.
    Raises `errors.Invalid` when there is no such start.
    """
    spec = build.spec_of(program)
    tree = Tree(spec, host, prune=prune)
    root = tree.task_tree = Token(tree, spec.root)
    root.data.update(_values(variables))
    root.internal_data["start"] = _start(program, start_element)
    root._ready()
    run = Run(program, tree)
    run.advance()
    return run


def _start(program: Program, wanted: str | None) -> str:
    if wanted is not None:
        if wanted not in program.elements or program.elements[wanted].parent is not None:
            raise errors.Invalid(
                "The process %(process)s has no element %(id)s to start at.", process=program.process_id, id=wanted
            )
        return wanted
    starts = graph.starts(program, None)
    if not starts:
        raise errors.Invalid("The process %(process)s has no start event.", process=program.process_id)
    return starts[0].id


def load(program: Program, stored: dict[str, Any], *, host: Host, prune: bool = True) -> Run:
    """The run of a state that `Run.dump` gave; the state is not changed, `dump` gives the new one."""
    return Run(program, state.load_tree(build.spec_of(program), stored, host, prune=prune))
