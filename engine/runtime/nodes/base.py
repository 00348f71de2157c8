"""What every flow node does: enter, work, leave by its sequence flows; the life of a token at a node."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from SpiffWorkflow.bpmn.specs.bpmn_task_spec import BpmnTaskSpec
from SpiffWorkflow.specs.WorkflowSpec import WorkflowSpec
from SpiffWorkflow.util.task import TaskState

from engine.runtime import expressions, graph, scopes
from engine.runtime.nodes import compensation
from engine.runtime.program import Element, Flow, Program
from engine.runtime.tokens import Failure, Token, Tree, before


class ProcessSpec(WorkflowSpec):
    """A program as SpiffWorkflow runs it; shared read-only by all runs."""

    def __init__(self, program: Program) -> None:
        super().__init__(program.process_id)
        self.program = program
        self.nodes: Mapping[str, FlowNode] = {}
        self._upstream: dict[str, Mapping[str, frozenset[str]]] = {}

    def node(self, element_id: str) -> FlowNode:
        """The spec by which a token enters the element: the body, if it is repeated."""
        return self.nodes[element_id]

    def upstream(self, gateway: Element) -> Mapping[str, frozenset[str]]:
        """By incoming flow of an inclusive gateway: the elements a token can come from over that flow."""
        # Worked out when first needed; two threads at once would only do the same twice.
        if gateway.id not in self._upstream:
            self._upstream[gateway.id] = graph.upstream(self.program, gateway)
        return self._upstream[gateway.id]


class FlowNode(BpmnTaskSpec):
    """A flow node; subclasses say what happens in `enter`, `work` and `choose`.

    Specs are shared by all runs of a program: nothing about a run is ever stored on them.
    """

    def __init__(self, process: ProcessSpec, name: str, element: Element, **of_spiff: Any) -> None:
        # `of_spiff` is what a class of SpiffWorkflow further along wants to know.
        super().__init__(process, name, lane=element.lane, **of_spiff)
        self.element = element
        self.is_place = True
        self.process = process
        self.flows: tuple[Flow, ...] = ()
        self.boundaries: tuple[FlowNode, ...] = ()
        self.event_starts: tuple[FlowNode, ...] = ()

    def leave_by(self, flows: tuple[Flow, ...]) -> None:
        """Take the outgoing sequence flows, in the diagram's order; every node of the process exists by now."""
        self.flows = flows

    @property
    def is_human_step(self) -> bool:
        """Whether people did something here; the rounds of a repeated one count as one, when all are done."""
        return self.element.type == "userTask"

    # What a kind of node may say differently

    def enter(self, token: Token) -> bool:
        """Prepare the work; False leaves the token waiting. Raises `Failure`."""
        return True

    def work(self, token: Token) -> bool:
        """Do the work; False leaves the token resting until it is completed from outside. Raises `Failure`."""
        return True

    def choose(self, token: Token) -> tuple[Flow, ...]:
        """The sequence flows taken on leaving: all that are unconditional or whose condition holds."""
        if len(self.flows) == 1 and self.flows[0].condition is None:
            return self.flows
        taken = tuple(flow for flow in self.flows if self._passes(token, flow))
        return taken or self.default_flows()

    def decided_by(self, token: Token) -> dict[str, Any]:
        """The plain values that the conditions of its flows ask for; nothing where there is nothing to choose."""
        asked = [each.condition for each in self.flows if each.condition] if len(self.flows) > 1 else []
        return expressions.plain_values(token.home, asked) if asked else {}

    def on_left(self, token: Token) -> None:
        """Called when the token has left and its successors exist."""

    def inner_completed(self, token: Token, inner: Token) -> None:
        """Called on the home of a token that completed; the home of `inner` is `token`."""

    def keeps(self, name: str) -> bool:
        """Whether what an inner token maps to this variable is its own, instead of going outwards."""
        return False

    def collect(self, token: Token, inner: Token) -> None:
        """Take over the result of an inner token that is about to complete. Raises `Failure`."""

    def review(self, token: Token) -> None:
        """Decide anew whether what goes on inside is over. Raises `Failure`."""

    # The life of a token

    def check(self, token: Token) -> None:
        """`review`, with an incident at the token when it fails."""
        try:
            self.review(token)
        except Failure as failure:
            token.workflow.fail(token, failure, "check")
        else:
            token.workflow.settle(token, "completed")

    def finish(self, token: Token) -> None:
        """Leave the node: apply the output mappings, choose the flows, complete. Failing makes an incident."""
        try:
            self.prepare(token)
        except Failure as failure:
            token.workflow.close(token, "completed")
            token.workflow.fail(token, failure, "leave")
        else:
            token.complete()

    def prepare(self, token: Token) -> None:
        """Apply the output mappings and choose the flows. Raises `Failure`."""
        self.map_outputs(token)
        if token.outer is not None:
            token.home.task_spec.collect(token.home, token)
        # Conditions see what the enclosing scope sees: the node's own variables end with it.
        token.taken = self.choose(token)

    def map_inputs(self, token: Token) -> None:
        """Evaluate the input mappings into the token's own variables, one after the other."""
        for mapping in self.element.inputs:
            scopes.put(token.data, mapping.target, expressions.evaluate(token, mapping.source))

    def map_outputs(self, token: Token) -> None:
        """Evaluate the output mappings over what the token sees and write them outwards."""
        for mapping in self.element.outputs:
            value = expressions.evaluate(token, mapping.source)
            name = mapping.target.split(".")[0]
            scope = token if token.home.task_spec.keeps(name) else token.home
            written = scopes.pick(scope, [name])
            scopes.put(written, mapping.target, value)
            scopes.write(scope, written)

    def receive(self, token: Token, variables: dict[str, Any]) -> None:
        """Take over the result of the work: local when output mappings follow, else written outwards."""
        if self.element.outputs:
            token.data.update(variables)
        else:
            scopes.write(token, variables)

    def default_flows(self) -> tuple[Flow, ...]:
        """The default flow, if the node has one."""
        return tuple(flow for flow in self.flows if flow.id == self.element.default)

    def _passes(self, token: Token, flow: Flow) -> bool:
        if flow.id == self.element.default:
            return False
        return flow.condition is None or expressions.condition(token.home, flow.condition)

    # SpiffWorkflow's hooks

    def test(self) -> None:
        """Spiff asks this at every step; checks.py has asked before."""

    def _predict_hook(self, my_task: Token) -> None:
        """No guesses about the future: the tree holds tokens only."""

    def _update_hook(self, my_task: Token) -> bool:
        my_task.trail = before(my_task.trail, self.element.id)  # a way drawn back to here undoes what came after it
        if my_task.carried is not None:
            # Behind an event-based gateway the event has come already.
            self.receive(my_task, my_task.carried)
            return True
        try:
            ready = self.enter(my_task)
        except Failure as failure:
            undo(my_task, subscriptions=True)
            my_task._set_state(TaskState.WAITING)
            my_task.workflow.fail(my_task, failure, "enter")
            return False
        if not ready and not my_task.is_finished:
            my_task._set_state(TaskState.WAITING)
        return ready

    def _on_ready_hook(self, my_task: Token) -> None:
        my_task.workflow.queue.append(my_task)

    def _run_hook(self, my_task: Token) -> bool | None:
        try:
            if not self.work(my_task):
                return None
            self.prepare(my_task)
        except Failure as failure:
            undo(my_task)
            my_task.workflow.fail(my_task, failure, "run")
            return None
        return True

    def _on_complete_hook(self, my_task: Token) -> None:
        tree: Tree = my_task.workflow
        for token in list(my_task.inner.values()):
            token.cancel()
        tree.close(my_task, "completed")
        tree.step(my_task, "left")
        if self.is_human_step and not (my_task.outer is not None and my_task.home.task_spec.element is self.element):
            my_task.pass_step()
        for flow in my_task.taken:
            self.take(my_task, flow)
        self.on_left(my_task)
        if "compensates" in my_task.internal_data:
            compensation.handled(my_task)

    def take(self, token: Token, flow: Flow) -> Token:
        """Put a token at the target of a sequence flow; Spiff's completion then updates it."""
        tree: Tree = token.workflow
        if flow.id:
            tree.flow_taken(token, flow)
        target = self.process.node(flow.target)
        return tree.arrive(target, token.home, parent=token, flow=flow.id)

    def _on_cancel(self, my_task: Token) -> None:
        my_task.workflow.close(my_task, "cancelled")
        if not my_task.attached:
            my_task.workflow.step(my_task, "cancelled")


def undo(token: Token, *, subscriptions: bool = False) -> None:
    """Take back what a failing step has put inside a token; its boundary events only with `subscriptions`."""
    for inner in list(token.inner.values()):
        if subscriptions or not inner.task_spec.element.attached_to:
            inner.cancel()
