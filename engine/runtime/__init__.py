"""The runtime: one diagram becomes programs; runs move their tokens. The only importer of SpiffWorkflow.

Pure: no database, no clock, no input or output. See `Run` for what happens to an instance, `Effects`
for what it reports.
"""

from __future__ import annotations

from engine.runtime.checking.checks import UNDRAWABLE, check, examine, is_whole
from engine.runtime.checking.irreversible import ahead, around, binding, is_irreversible, with_later
from engine.runtime.checking.irreversible import problems as past_no_return
from engine.runtime.checking.rules import MOST_PRIORITY, NO_PRIORITY, priority, written
from engine.runtime.effects import Closed, Effects, Host, Thrown, TokenStep, TokenWait
from engine.runtime.graph import before, certain_before, onward, turns_back
from engine.runtime.nodes.gateways import NO_WAY_OUT
from engine.runtime.program import (
    DiagramProblem,
    Element,
    Event,
    Flow,
    IoMapping,
    Json,
    Message,
    MultiInstance,
    Program,
    StartEvent,
    TaskDefinition,
    Timer,
)
from engine.runtime.reading.reader import EDITION, text_of
from engine.runtime.reading.reader import read as parse
from engine.runtime.run import Run, begin, load
from engine.runtime.waits import (
    Awaited,
    AwaitedCall,
    AwaitedCondition,
    AwaitedDecision,
    AwaitedJob,
    AwaitedMessage,
    AwaitedRetry,
    AwaitedSignal,
    AwaitedTask,
    AwaitedTimer,
)
from engine.runtime.waits import read as read_wait
from engine.runtime.waits import stored as stored_wait

__all__ = [
    "EDITION",
    "MOST_PRIORITY",
    "NO_PRIORITY",
    "NO_WAY_OUT",
    "UNDRAWABLE",
    "Awaited",
    "AwaitedCall",
    "AwaitedCondition",
    "AwaitedDecision",
    "AwaitedJob",
    "AwaitedMessage",
    "AwaitedRetry",
    "AwaitedSignal",
    "AwaitedTask",
    "AwaitedTimer",
    "Closed",
    "DiagramProblem",
    "Effects",
    "Element",
    "Event",
    "Flow",
    "Host",
    "IoMapping",
    "Json",
    "Message",
    "MultiInstance",
    "Program",
    "Run",
    "StartEvent",
    "TaskDefinition",
    "Thrown",
    "Timer",
    "TokenStep",
    "TokenWait",
    "ahead",
    "around",
    "before",
    "begin",
    "binding",
    "certain_before",
    "check",
    "examine",
    "is_irreversible",
    "is_whole",
    "load",
    "onward",
    "parse",
    "past_no_return",
    "priority",
    "read_wait",
    "stored_wait",
    "text_of",
    "turns_back",
    "with_later",
    "written",
]
