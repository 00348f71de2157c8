"""Small decision models for tests, written down as short as they can be read."""

from __future__ import annotations

from collections.abc import Sequence
from xml.sax.saxutils import escape, quoteattr

LATEST = "https://www.omg.org/spec/DMN/20230324/MODEL/"


def model(*elements: str, namespace: str = "urn:test", dmn: str = LATEST) -> bytes:
    """A whole file with these elements."""
    return f'<definitions xmlns="{dmn}" namespace="{namespace}" name="试验">{"".join(elements)}</definitions>'.encode()


def inputs(*names: str, **typed: str) -> str:
    """Input data; the id is the name. Typed ones by keyword."""
    untyped = [f"<inputData id={quoteattr(name)} name={quoteattr(name)}/>" for name in names]
    return "".join(untyped) + "".join(
        f'<inputData id="{name}" name="{name}"><variable name="{name}" typeRef={quoteattr(reference)}/></inputData>'
        for name, reference in typed.items()
    )


def requires(*hrefs: str) -> str:
    """Requirements: `x` for input data, `decision::x`, `knowledge::x`; a name may carry its name space."""
    made = []
    for href in hrefs:
        kind, _, target = href.rpartition("::")
        target = target if "#" in target else f"#{target}"
        if kind == "knowledge":
            made.append(f'<knowledgeRequirement><requiredKnowledge href="{target}"/></knowledgeRequirement>')
        else:
            tag = "requiredDecision" if kind == "decision" else "requiredInput"
            made.append(f'<informationRequirement><{tag} href="{target}"/></informationRequirement>')
    return "".join(made)


def decision(name: str, logic: str, *required: str, type: str = "") -> str:
    """A decision whose id is its name."""
    reference = f" typeRef={quoteattr(type)}" if type else ""
    return (
        f"<decision id={quoteattr(name)} name={quoteattr(name)}><variable name={quoteattr(name)}{reference}/>"
        f"{requires(*required)}{logic}</decision>"
    )


def literal(text: str) -> str:
    """A literal expression."""
    return f"<literalExpression><text>{escape(text)}</text></literalExpression>"


def knowledge(name: str, parameters: str, logic: str, *required: str) -> str:
    """A business knowledge model; parameters separated by commas, `name:type` where typed."""
    formal = "".join(
        f"<formalParameter name={quoteattr(part.partition(':')[0].strip())}"
        + (f" typeRef={quoteattr(part.partition(':')[2])}/>" if ":" in part else "/>")
        for part in parameters.split(",")
        if part.strip()
    )
    return (
        f"<businessKnowledgeModel id={quoteattr(name)} name={quoteattr(name)}><variable name={quoteattr(name)}/>"
        f"<encapsulatedLogic>{formal}{logic}</encapsulatedLogic>{requires(*required)}</businessKnowledgeModel>"
    )


def table(
    columns: Sequence[str],
    outputs: Sequence[str],
    rules: Sequence[Sequence[str]],
    policy: str = "UNIQUE",
    aggregation: str = "",
    values: Sequence[str] = (),
    defaults: Sequence[str] = (),
    allowed: Sequence[str] = (),
) -> str:
    """A decision table; each rule lists its conditions, then its outputs, then an annotation if it has one."""
    aggregated = f' aggregation="{aggregation}"' if aggregation else ""
    return (
        f'<decisionTable hitPolicy="{policy}"{aggregated}>'
        + "".join(_input(text, _at(allowed, n)) for n, text in enumerate(columns))
        + "".join(_output(name, _at(values, n), _at(defaults, n)) for n, name in enumerate(outputs))
        + '<annotation name="依据"/>'
        + "".join(_rule(n, cells, len(columns), len(outputs)) for n, cells in enumerate(rules, 1))
        + "</decisionTable>"
    )


def _at(texts: Sequence[str], place: int) -> str:
    return texts[place] if place < len(texts) else ""


def _input(text: str, allowed: str) -> str:
    values = f"<inputValues><text>{escape(allowed)}</text></inputValues>" if allowed else ""
    return f"<input><inputExpression><text>{escape(text)}</text></inputExpression>{values}</input>"


def _output(name: str, values: str, default: str) -> str:
    listed = f"<outputValues><text>{escape(values)}</text></outputValues>" if values else ""
    fallback = f"<defaultOutputEntry><text>{escape(default)}</text></defaultOutputEntry>" if default else ""
    return f"<output name={quoteattr(name)}>{listed}{fallback}</output>"


def _rule(number: int, cells: Sequence[str], conditions: int, outputs: int) -> str:
    ends = [("inputEntry", conditions), ("outputEntry", conditions + outputs), ("annotationEntry", len(cells))]
    made, start = "", 0
    for tag, end in ends:
        made += "".join(f"<{tag}><text>{escape(cell)}</text></{tag}>" for cell in cells[start:end])
        start = end
    return f'<rule id="rule_{number}">{made}</rule>'
