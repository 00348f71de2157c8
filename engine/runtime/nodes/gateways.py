"""Gateways: exclusive, parallel, inclusive, event-based (BPMN 13.4)."""

from __future__ import annotations

from collections.abc import Iterator

from SpiffWorkflow.bpmn.specs.mixins import ExclusiveGatewayMixin as SpiffExclusiveGateway
from SpiffWorkflow.exceptions import WorkflowException
from SpiffWorkflow.operators import Operator
from SpiffWorkflow.util.task import TaskState

from engine.runtime import expressions, scopes
from engine.runtime.nodes import subscriptions
from engine.runtime.nodes.base import FlowNode
from engine.runtime.program import Flow
from engine.runtime.tokens import Failure, Token, Tree

NO_WAY_OUT = "No path from here fits this case."


class FlowCondition(Operator):
    """The condition of a sequence flow, as SpiffWorkflow's choices ask it; the one that holds is noted on the token."""

    def __init__(self, flow: Flow) -> None:
        super().__init__(flow)
        self.flow = flow

    def _matches(self, task: Token) -> bool:
        supposed = supposed_way(task)
        if supposed is not None:
            holds = self.flow.id == supposed
        else:
            holds = self.flow.condition is None or expressions.condition(task.home, self.flow.condition)
        if holds:
            task.taken = (self.flow,)
        return holds


def supposed_way(token: Token) -> str | None:
    """The flow that a look ahead follows at a gateway whose conditions depend on what is not known yet."""
    way = token.workflow.host.way
    return None if way is None else way(token.id, token.task_spec.element.id, scopes.visible(token.home))


class ExclusiveGateway(FlowNode, SpiffExclusiveGateway):
    """Takes the first flow whose condition holds, in the diagram's order, else the default; SpiffWorkflow chooses."""

    def leave_by(self, flows: tuple[Flow, ...]) -> None:
        super().leave_by(flows)
        for flow in flows:
            target = self.process.node(flow.target)
            if flow.id == self.element.default:
                self.default_task_spec = target.name
            else:
                self.connect_if(FlowCondition(flow), target)

    def choose(self, token: Token) -> tuple[Flow, ...]:
        if not self.flows:
            return ()
        token.taken = self.default_flows()
        try:
            SpiffExclusiveGateway._run_hook(self, token)
        except WorkflowException as nothing:
            raise Failure(NO_WAY_OUT) from nothing
        return token.taken

    def take(self, token: Token, flow: Flow) -> Token:
        """SpiffWorkflow has made the token behind the gateway when it chose; here it arrives."""
        [child] = token.children
        child.flow = flow.id
        token.workflow.flow_taken(token, flow)
        token.workflow.step(child, "entered")
        return child


class Joining(FlowNode):
    """A gateway that merges the tokens of its incoming flows into one.

    The arrivals themselves are the memory: they wait, live, until the join fires. So pruning what lies
    behind them cannot change when it does.
    """

    def enter(self, token: Token) -> bool:
        # A token without a flow was put here by a move: it does not wait for others.
        if len(self.element.incoming) < 2 or token.flow is None:
            return True
        return self.joined(token)

    def joined(self, token: Token) -> bool:
        """Whether the join fires with this arrival; merges the others into it."""
        raise NotImplementedError

    def arrivals(self, home: Token) -> Iterator[Token]:
        """Tokens that wait at this gateway in one scope, oldest first."""
        for token in home.inner.values():
            if token.task_spec is self and token.has_state(TaskState.WAITING) and not token.attached:
                yield token

    def merge(self, token: Token) -> None:
        """Take one waiting arrival of every other incoming flow into `token`."""
        flows = {token.flow}
        for other in list(self.arrivals(token.home)):
            if other is not token and other.flow not in flows:
                flows.add(other.flow)
                # What was done on one branch alone is behind the join: going back there would run the others' steps twice.
                token.trail = tuple(visit for visit in token.trail if visit in other.trail)
                absorb(other)

    def missing(self, home: Token) -> list[str]:
        """Elements of this scope where tokens are without which the join does not fire: what it waits for.

        Nothing where no token has arrived.
        """
        filled = {token.flow for token in self.arrivals(home)}
        upstream = self.process.upstream(self.element) if filled else {}
        empty = frozenset[str]().union(*(ids for flow, ids in upstream.items() if flow not in filled))
        on_the_way = (token for token in home.inner.values() if not token.attached and not token.is_finished)
        return list(dict.fromkeys(place for token in on_the_way if (place := token.task_spec.element.id) in empty))


def absorb(token: Token) -> None:
    """End an arrival that another token goes on for: neither cancelled nor left, just merged."""
    tree: Tree = token.workflow
    token._set_state(TaskState.COMPLETED)
    tree.settle(token, "completed")
    tree.forget(token)


class ParallelGateway(Joining):
    """Waits for one token on each incoming flow; leaves by all outgoing ones."""

    def joined(self, token: Token) -> bool:
        here = {other.flow for other in self.arrivals(token.home)} | {token.flow}
        if not here.issuperset(self.element.incoming):
            return False
        self.merge(token)
        return True

    def choose(self, token: Token) -> tuple[Flow, ...]:
        return self.flows


class InclusiveGateway(Joining):
    """Waits for every token that can still come; leaves by each flow whose condition holds.

    When a token can still come is decided when all others rest (BPMN 13.4.3, Inclusive Gateway).
    """

    def joined(self, token: Token) -> bool:
        token.workflow.undecided = True
        return False

    def choose(self, token: Token) -> tuple[Flow, ...]:
        supposed = supposed_way(token)
        if supposed is not None:
            return tuple(flow for flow in self.flows if flow.id == supposed)
        return require(self, super().choose(token))

    def decide(self, home: Token) -> bool:
        """Fire the join of this scope if no more token can come; whether it fired."""
        waiting = list(self.arrivals(home))
        if not waiting or self._more_to_come(home, {token.flow for token in waiting}):
            return False
        self.merge(waiting[0])
        waiting[0]._ready()
        return True

    def _more_to_come(self, home: Token, filled: set[str | None]) -> bool:
        upstream = self.process.upstream(self.element)
        empty = [upstream[flow] for flow in self.element.incoming if flow not in filled]
        full = [upstream[flow] for flow in self.element.incoming if flow in filled]
        for token in home.inner.values():
            place = token.task_spec.element.id
            if token.attached or place == self.element.id:
                continue
            if any(place in ids for ids in empty) and not any(place in ids for ids in full):
                return True
        return False


class EventBasedGateway(FlowNode):
    """Waits for the first of the events behind it."""

    def work(self, token: Token) -> bool:
        for flow in self.flows:
            subscriptions.subscribe(token, self.process.node(flow.target))
        return False

    def take(self, token: Token, flow: Flow) -> Token:
        child = super().take(token, flow)
        child.carried = token.carried
        return child


def require(node: FlowNode, flows: tuple[Flow, ...]) -> tuple[Flow, ...]:
    """The flows, or a failure when there is none."""
    if flows or not node.flows:
        return flows
    raise Failure(NO_WAY_OUT)
