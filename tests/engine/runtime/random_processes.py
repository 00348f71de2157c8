"""Random block-structured processes, drawn as BPMN: every split is joined, so each can run to its end."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st

Block = tuple[str, list[Any]]

_HEAD = (
    '<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" '
    'xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" id="d" targetNamespace="t">'
    '<bpmn:message id="m" name="m"><bpmn:extensionElements><zeebe:subscription correlationKey="=&quot;k&quot;"/>'
    '</bpmn:extensionElements></bpmn:message><bpmn:signal id="sig" name="sig"/><bpmn:error id="err" name="err" errorCode="ERR"/>'
    '<bpmn:process id="random" isExecutable="true">'
)
_GATEWAYS = {"xor": "exclusiveGateway", "and": "parallelGateway", "or": "inclusiveGateway"}


def blocks(kinds: tuple[str, ...]) -> st.SearchStrategy[Block]:
    """Blocks of these kinds beside `task`: seq, xor, and, or, loop, sub, items, turns, and with events
    timer, message, signal, thrown, guarded, failing, stopped, rung, reminded.
    """
    task = st.just(("task", []))
    return st.recursive(
        task, lambda inner: st.tuples(st.sampled_from(kinds), st.lists(inner, min_size=1, max_size=3)), max_leaves=8
    )


@dataclass
class Drawing:
    """Draws blocks; `flags` are the variables by which its gateways decide."""

    feel: bool = True
    parts: list[str] = field(default_factory=list)
    flags: list[str] = field(default_factory=list)
    count: int = 0

    def source(self, block: Block) -> bytes:
        self.element("startEvent", "begin")
        self.element("endEvent", "done")
        first, last = self.block(block)
        self.flow("begin", first)
        self.flow(last, "done")
        return (_HEAD + "".join(self.parts) + "</bpmn:process></bpmn:definitions>").encode()

    def name(self, kind: str) -> str:
        self.count += 1
        return f"{kind}_{self.count}"

    def element(self, tag: str, element_id: str, inner: str = "", attributes: str = "") -> str:
        self.parts.append(f'<bpmn:{tag} id="{element_id}"{attributes}>{inner}</bpmn:{tag}>')
        return element_id

    def flow(self, source: str, target: str, flag: str | None = None) -> str:
        text = "" if flag is None else f"<bpmn:conditionExpression>{'=' if self.feel else ''}{flag}</bpmn:conditionExpression>"
        flow_id = self.name("flow")
        return self.element("sequenceFlow", flow_id, text, f' sourceRef="{source}" targetRef="{target}"')

    def flag(self) -> str:
        self.flags.append(f"flag{len(self.flags)}")
        return self.flags[-1]

    def block(self, block: Block) -> tuple[str, str]:
        """Draw a block; its first and its last element."""
        kind, inner = block
        if kind == "task":
            task = self.element("userTask", self.name("task"))
            return task, task
        if kind in _GATEWAYS:
            return self.split(kind, inner)
        first, last = getattr(self, kind)(inner)
        return first, last

    def seq(self, inner: list[Block]) -> tuple[str, str]:
        ends = [self.block(one) for one in inner]
        for before, after in itertools.pairwise(ends):
            self.flow(before[1], after[0])
        return ends[0][0], ends[-1][1]

    def split(self, kind: str, inner: list[Block]) -> tuple[str, str]:
        split, join = self.name("split"), self.name("join")
        ends = [self.block(one) for one in inner]
        for number, (first, last) in enumerate(ends):
            if kind != "and" and number == 0:
                default = self.flow(split, first)
            else:
                self.flow(split, first, None if kind == "and" else self.flag())
            self.flow(last, join)
        tag = _GATEWAYS[kind]
        self.element(tag, split, attributes="" if kind == "and" else f' default="{default}"')
        self.element(tag, join)
        return split, join

    def loop(self, inner: list[Block]) -> tuple[str, str]:
        merge, check, after = (self.name(part) for part in ("merge", "check", "after"))
        first, last = self.seq(inner)
        self.flow(merge, first)
        self.flow(last, check)
        default = self.flow(check, after)
        self.flow(check, merge, self.flag())
        self.element("exclusiveGateway", merge)
        self.element("exclusiveGateway", check, attributes=f' default="{default}"')
        self.element("userTask", after)
        return merge, after

    def sub(self, inner: list[Block], attributes: str = "", loop: str = "") -> tuple[str, str]:
        sub, start, end = (self.name(part) for part in ("sub", "start", "end"))
        mine, self.parts = self.parts, []
        first, last = self.seq(inner)
        self.element("startEvent", start)
        self.element("endEvent", end)
        self.flow(start, first)
        self.flow(last, end)
        content, self.parts = "".join(self.parts), mine
        self.element("subProcess", sub, loop + content, attributes)
        return sub, sub

    def turns(self, inner: list[Block]) -> tuple[str, str]:
        """As `items`, one after the other."""
        return self.items(inner, attributes=' isSequential="true"')

    def items(self, inner: list[Block], attributes: str = "") -> tuple[str, str]:
        told = (
            '<bpmn:extensionElements><zeebe:loopCharacteristics inputCollection="=[1, 2]" inputElement="item" />'
            "</bpmn:extensionElements>"
        )
        counted = told if self.feel else "<bpmn:loopCardinality>2</bpmn:loopCardinality>"
        loop = f"<bpmn:multiInstanceLoopCharacteristics{attributes}>{counted}</bpmn:multiInstanceLoopCharacteristics>"
        return self.sub(inner, loop=loop)

    def event(self, tag: str, kind: str, definition: str, attributes: str = "") -> str:
        return self.element(tag, self.name(kind), definition, attributes)

    @property
    def in_an_hour(self) -> str:
        text = "PT1H" if self.feel else "'PT1H'"
        return f"<bpmn:timerEventDefinition><bpmn:timeDuration>{text}</bpmn:timeDuration></bpmn:timerEventDefinition>"

    def timer(self, _inner: list[Block]) -> tuple[str, str]:
        event = self.event("intermediateCatchEvent", "timer", self.in_an_hour)
        return event, event

    def message(self, _inner: list[Block]) -> tuple[str, str]:
        event = self.event("intermediateCatchEvent", "message", '<bpmn:messageEventDefinition messageRef="m"/>')
        return event, event

    def signal(self, _inner: list[Block]) -> tuple[str, str]:
        event = self.event("intermediateCatchEvent", "signal", '<bpmn:signalEventDefinition signalRef="sig"/>')
        return event, event

    def thrown(self, _inner: list[Block]) -> tuple[str, str]:
        event = self.event("intermediateThrowEvent", "thrown", '<bpmn:signalEventDefinition signalRef="sig"/>')
        return event, event

    def guarded(self, inner: list[Block]) -> tuple[str, str]:
        return self.bounded(self.sub(inner)[0], "timer", self.in_an_hour)

    def bounded(self, sub: str, kind: str, definition: str) -> tuple[str, str]:
        """A boundary event at a subprocess, whose way joins the ordinary one."""
        event = self.event("boundaryEvent", kind, definition, f' attachedToRef="{sub}"')
        join = self.element("exclusiveGateway", self.name("join"))
        self.flow(sub, join)
        self.flow(event, join)
        return sub, join

    def stopped(self, inner: list[Block]) -> tuple[str, str]:
        return self.bounded(self.sub(inner)[0], "message", '<bpmn:messageEventDefinition messageRef="m"/>')

    def rung(self, inner: list[Block]) -> tuple[str, str]:
        return self.bounded(self.sub(inner)[0], "signal", '<bpmn:signalEventDefinition signalRef="sig"/>')

    def reminded(self, inner: list[Block]) -> tuple[str, str]:
        """A timer beside the subprocess, which goes on."""
        sub, _ = self.sub(inner)
        event = self.event("boundaryEvent", "timer", self.in_an_hour, f' attachedToRef="{sub}" cancelActivity="false"')
        task, end = self.element("userTask", self.name("task")), self.element("endEvent", self.name("end"))
        self.flow(event, task)
        self.flow(task, end)
        return sub, sub

    def failing(self, inner: list[Block]) -> tuple[str, str]:
        """A subprocess that ends well or with an error."""
        sub, start, end, failed, check = (self.name(part) for part in ("sub", "start", "end", "failed", "check"))
        mine, self.parts = self.parts, []
        first, last = self.seq(inner)
        self.element("startEvent", start)
        self.element("endEvent", end)
        self.element("endEvent", failed, '<bpmn:errorEventDefinition errorRef="err"/>')
        self.flow(start, first)
        self.flow(last, check)
        default = self.flow(check, end)
        self.flow(check, failed, self.flag())
        self.element("exclusiveGateway", check, attributes=f' default="{default}"')
        content, self.parts = "".join(self.parts), mine
        self.element("subProcess", sub, content)
        return self.bounded(sub, "error", '<bpmn:errorEventDefinition errorRef="err"/>')
