"""SpiffWorkflow's task tree made lean: tokens that know the scope they live in, and a queue of ready ones."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import Any

from SpiffWorkflow.specs.WorkflowSpec import WorkflowSpec
from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState
from SpiffWorkflow.workflow import Workflow

from engine.runtime.effects import Closed, Effects, Host, Thrown, TokenStep, TokenWait
from engine.runtime.program import Flow
from engine.runtime.waits import Awaited, AwaitedRetry

MAX_STEPS = 10_000  # of tokens, between two rests
MAX_WORK = 5_000_000  # of FEEL, between two rests: some seconds at worst


Trail = tuple[tuple[str, str], ...]  # element id and token id of each human step


class Failure(Exception):
    """A token cannot go on (an expression failed, no flow matched); it becomes an incident."""

    def __init__(self, message: str, /, **values: object) -> None:
        super().__init__(message)
        self.message = message
        self.values = values


class Token(Task):
    """One token at one flow node.

    `home` (`outer`) is the token that encloses this one: the process, a subprocess or a multi-instance body, or
    for a subscription (`attached`) the activity, gateway or scope it ends with. `inner` holds the
    unfinished tokens whose home this is. `data` holds the token's own variables, nothing inherited.
    `trail` are the human steps that were done on the way here, in order: a return goes to one of them.
    """

    def __init__(
        self,
        tree: Tree,
        spec: Any,
        parent: Token | None = None,
        home: Token | None = None,
        state: int = TaskState.FUTURE,
        token_id: str | None = None,
    ) -> None:
        self.outer = home
        self.attached = False
        self.flow: str | None = None
        self.taken: tuple[Any, ...] = ()
        self.carried: dict[str, Any] | None = None
        self.goes_on = True
        self.inner: dict[str, Token] = {}
        self.trail: Trail = parent.trail if parent is not None else ()
        super().__init__(tree, spec, parent, state, token_id or tree.next_id())
        if home is not None and not self.is_finished:
            home.inner[self.id] = self

    @property
    def home(self) -> Token:
        """The enclosing token; the process itself has none (`outer` is None)."""
        assert self.outer is not None
        return self.outer

    @property
    def is_finished(self) -> bool:
        return bool(self._state & TaskState.FINISHED_MASK)

    @property
    def wait(self) -> str | None:
        """The kind of wait this token rests at, if it was reported."""
        kind: str | None = self.internal_data.get("wait")
        return kind

    @property
    def has_work(self) -> bool:
        """Whether a token is still under way inside, subscriptions not counted."""
        return any(not token.attached for token in self.inner.values())

    def _set_state(self, value: int) -> None:
        # Spiff's version builds a log record each time; at this rate that is most of a step's cost.
        if self.is_finished:
            return
        self._state = value
        if value & TaskState.FINISHED_MASK and self.outer is not None:
            self.outer.inner.pop(self.id, None)

    def _add_child(self, task_spec: Any, state: int = TaskState.MAYBE) -> Token:
        # Where SpiffWorkflow itself lets a token go on, it goes on in the same scope.
        return Token(self.workflow, task_spec, self, self.home, state)

    def _inherit_data(self) -> None:
        """Variables live in scopes: nothing is copied from step to step."""

    def pass_step(self) -> None:
        """Note that the human step at which the token stands is done; what came after an earlier visit is undone by this one."""
        element = self.task_spec.element.id
        self.trail = (*before(self.trail, element), (element, self.id))

    def cancel(self) -> None:
        """Cancel this token and, first, everything inside it."""
        if self.is_finished:
            return
        for token in list(self.inner.values()):
            token.cancel()
        super().cancel()
        self.workflow.forget(self)

    def chain(self) -> Iterator[Token]:
        """This token and its enclosing ones, from inner to outer."""
        token: Token | None = self
        while token is not None:
            yield token
            token = token.outer


def before(trail: Trail, element: str) -> Trail:
    """The part of a trail before an element; all of it where the element is not in it."""
    place = next((n for n, visit in enumerate(trail) if visit[0] == element), len(trail))
    return trail[:place]


class Tree(Workflow):
    """The tokens of one process instance, moved by SpiffWorkflow's run and update rules."""

    def __init__(self, spec: WorkflowSpec, host: Host, *, prune: bool = True) -> None:
        super().__init__(spec, deserializing=True)
        self.host = host
        self.prune = prune
        self.effects = Effects()
        self.queue: deque[Token] = deque()
        self.ended: list[str] = []
        self.last_id = 0
        self.dirty = False
        self.work = 0
        self.undecided = False

    def next_id(self) -> str:
        """A fresh token id, unique within the instance."""
        self.last_id += 1
        return str(self.last_id)

    # What SpiffWorkflow's event specs ask of the workflow: a tree is its own top workflow and its own event manager.

    @property
    def top_workflow(self) -> Tree:
        return self

    @property
    def event_manager(self) -> Tree:
        return self

    def add_task(self, task: Token) -> None:
        """The event definition opens the wait: see `EventDefinition.update_task`."""

    def remove_task(self, task: Token) -> None:
        """A token's event has come: it rests no longer."""
        self.close(task, "completed")

    @property
    def root(self) -> Token:
        root: Token = self.task_tree
        return root

    def spawn(self, spec: Any, home: Token, *, parent: Token | None = None, flow: str | None = None) -> Token:
        """A new token at `spec` inside `home`; it still has to be entered or readied."""
        token = Token(self, spec, parent or home, home)
        token.flow = flow
        return token

    def arrive(self, spec: Any, home: Token, *, parent: Token | None = None, flow: str | None = None) -> Token:
        """A new token that comes to a node: reported as entered."""
        token = self.spawn(spec, home, parent=parent, flow=flow)
        self.step(token, "entered")
        return token

    def flow_taken(self, token: Token, flow: Flow) -> None:
        """Report a sequence flow, with what decided it."""
        values = token.task_spec.decided_by(token)
        self.effects.steps.append(TokenStep(flow.id, "sequenceFlow", flow.name, "taken", token.id, values))

    def forget(self, token: Token) -> None:
        """Drop a finished token; what follows it hangs on its scope from now on."""
        if self.prune and token is not self.root and token.id in self.tasks:
            heir = token.parent
            heir._children.remove(token.id)
            for child in token.children:
                child.parent = heir
                heir._children.append(child.id)
            del self.tasks[token.id]

    def step(self, token: Token, what: str) -> None:
        """Report what happened to a token; process and multi-instance bodies are no places of their own."""
        if not token.task_spec.is_place:
            return
        element = token.task_spec.element
        self.effects.steps.append(TokenStep(element.id, element.type, element.name, what, token.id))

    def open(self, token: Token, awaited: Awaited) -> None:
        """Report that a token rests, and what for."""
        token.internal_data["wait"] = awaited.kind
        element = token.task_spec.element
        host = token.home.id if token.attached else None
        self.effects.opened.append(TokenWait(token.id, element.id, awaited, host, element.interrupting))

    def close(self, token: Token, reason: str) -> None:
        """Report that a token rests no longer."""
        kind = token.internal_data.pop("wait", None)
        if kind:
            self.effects.closed.append(Closed(token.id, reason, kind, token.task_spec.element.id))
        self.settle(token, reason)

    def throw(self, token: Token, kind: str, name: str, correlation_key: str | None) -> None:
        """Report an event for the world outside; it carries the token's own variables only."""
        element_id = token.task_spec.element.id
        self.effects.thrown.append(Thrown(kind, name, correlation_key, dict(token.data), element_id))

    def fail(self, token: Token, failure: Failure, stage: str) -> None:
        """Make a failing token an incident; `stage` says where `Run.retry` takes it up again."""
        self.settle(token, "cancelled")
        incident = self.next_id()
        token.internal_data["incident"] = [incident, stage, failure.message]
        code = failure.values.get("error_code")
        awaited = AwaitedRetry(failure.message, failure.values, token.id, None if code is None else str(code))
        self.effects.opened.append(TokenWait(incident, token.task_spec.element.id, awaited))

    def settle(self, token: Token, reason: str) -> str | None:
        """Close the incident of a token, if it has one, and give the stage it failed in."""
        incident = token.internal_data.pop("incident", None)
        if incident is None:
            return None
        self.effects.closed.append(Closed(incident[0], reason, "incident", token.task_spec.element.id))
        stage: str = incident[1]
        return stage

    def _task_completed_notify(self, task: Token) -> None:
        # Spiff would update every waiting task of the tree here; tokens are told only what concerns them.
        self.forget(task)
        if task.outer is not None and not task.outer.is_finished:
            task.home.task_spec.inner_completed(task.home, task)
