"""Service tasks: the registry of operations, and the generic operations that diagrams may call."""

from engine.operations import destruction, documents, notices, records, registers
from engine.operations.registry import (
    AdvanceOrder,
    BpmnError,
    OperationContext,
    Outdated,
    RegisteredOperation,
    find,
    irreversible,
    names,
    operation,
)

GENERIC = (destruction, documents, notices, records, registers)  # importing them registers their operations

__all__ = [
    "GENERIC",
    "AdvanceOrder",
    "BpmnError",
    "OperationContext",
    "Outdated",
    "RegisteredOperation",
    "find",
    "irreversible",
    "names",
    "operation",
]
