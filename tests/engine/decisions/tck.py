"""Reading and running the cases of the DMN Technology Compatibility Kit; it writes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path

from lxml import etree

from engine import decisions, errors, feel
from engine.feel.data import values

ROOT = Path(__file__).resolve().parents[3].parent / "shared" / "dmn-tck"
XSI = "{http://www.w3.org/2001/XMLSchema-instance}"
NAMESPACE = "{http://www.omg.org/spec/DMN/20160719/testcase}"
NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
TOLERANCE = Decimal("0.00000001")
"""The kit's expectations are partly results of binary floats; its own runner allows as much."""

CONVERSIONS = {
    "boolean": lambda text: text.strip() in {"true", "1"},
    "date": lambda text: feel.evaluate("date(text)", {"text": text.strip()}),
    "time": lambda text: feel.evaluate("time(text)", {"text": text.strip()}),
    "dateTime": lambda text: feel.evaluate("date and time(text)", {"text": text.strip()}),
    "duration": lambda text: feel.evaluate("duration(text)", {"text": text.strip()}),
    "dayTimeDuration": lambda text: feel.evaluate("duration(text)", {"text": text.strip()}),
    "yearMonthDuration": lambda text: feel.evaluate("duration(text)", {"text": text.strip()}),
    **dict.fromkeys(("decimal", "double", "float", "integer", "int", "long"), lambda text: Decimal(text.strip())),
}


@dataclass
class Report:
    """What came out for one folder."""

    folder: str
    passed: int = 0
    failures: list[str] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)

    @property
    def total(self) -> int:
        return self.passed + len(self.failures) + len(self.skipped)

    def line(self) -> str:
        return f"{self.folder:48} {self.passed:5} {len(self.failures):5} {len(self.skipped):5}"


def folders(level: int) -> list[Path]:
    """The folders of cases of one compliance level."""
    return sorted(path for path in (ROOT / f"compliance-level-{level}").iterdir() if path.is_dir())


def run(folder: Path) -> Report:
    """Run every case of a folder, counted by result node."""
    report = Report(folder.name)
    for path in sorted(folder.glob("*.xml")):
        root = etree.parse(path).getroot()
        model_path = folder / root.findtext(f"{NAMESPACE}modelName", "").strip()
        for case in root.iter(f"{NAMESPACE}testCase"):
            for node in case.iter(f"{NAMESPACE}resultNode"):
                _count(report, model_path, case, node)
    return report


def _count(report: Report, model_path: Path, case: etree._Element, node: etree._Element) -> None:
    where = f"{report.folder} {case.get('id')} {node.get('name')}"
    expected = value_of(node.find(f"{NAMESPACE}expected"))
    try:
        actual = _result(model_path, case, node)
        trouble = ""
    except errors.Refusal as refusal:
        actual, trouble = None, f" ({refusal})"
    except Exception as crash:  # a crash is a failure of this case; the report is to be complete
        actual, trouble = crash, " (crash)"
    if same(expected, actual):
        report.passed += 1
    elif node.get("name") in _java_decisions(model_path):
        report.skipped.append(f"{where}: calls a Java method; external functions are refused")
    else:
        report.failures.append(f"{where}: expected {expected!r}, got {actual!r}{trouble}")


def _result(model_path: Path, case: etree._Element, node: etree._Element) -> object:
    model = _model(_path_of(model_path, node.get("namespace")))
    context = dict(_inputs(case))
    name = node.get("name") or ""
    kind = node.get("type") or case.get("type") or "decision"
    if (case.get("invocableName") and kind != "decision") or case.get("type") in {"decisionService", "bkm"}:
        value = decisions.evaluate(model, case.get("invocableName"), context, now=NOW).value
        several = isinstance(value, dict) and name in value and name != case.get("invocableName")
        return value[name] if several else value
    return decisions.evaluate(model, name, context, now=NOW).value


def _path_of(model_path: Path, namespace: str | None) -> Path:
    """The file of a name space that a result node gives; it is an imported one then."""
    if namespace is None:
        return model_path
    files = (path for path in model_path.parent.glob("*.dmn") if _model(path).namespace == namespace)
    return next(files, model_path)


@cache
def _model(path: Path) -> decisions.Model:
    others = {other.name: other.read_bytes() for other in path.parent.glob("*.dmn") if other != path}
    return decisions.parse(path.read_bytes(), imports=others)


@cache
def _java_decisions(path: Path) -> frozenset[str]:
    found = set()
    for decision in etree.parse(path).getroot().iter("{*}decision"):
        texts = " ".join(decision.itertext())
        if decision.find(".//*[@kind='Java']") is not None or ("external" in texts and "java:" in texts):
            found.add(decision.get("name"))
    return frozenset(found)


def _inputs(case: etree._Element) -> Iterator[tuple[str, object]]:
    for node in case.iter(f"{NAMESPACE}inputNode"):
        name = " ".join((node.get("name") or "").split())
        namespace = node.get("namespace")
        yield f"{{{namespace}}}{name}" if namespace else name, value_of(node)


def value_of(element: etree._Element | None) -> object:
    """A value of the kit's schema: a typed value, components, or a list."""
    if element is None or element.get(f"{XSI}nil") == "true":
        return None
    components = element.findall(f"{NAMESPACE}component")
    if components:
        return {component.get("name"): value_of(component) for component in components}
    items = element.find(f"{NAMESPACE}list")
    if items is not None:
        nil = items.get(f"{XSI}nil") == "true"
        return None if nil else [value_of(item) for item in items.findall(f"{NAMESPACE}item")]
    return _typed(element.find(f"{NAMESPACE}value"))


def _typed(value: etree._Element | None) -> object:
    if value is None or value.get(f"{XSI}nil") == "true":
        return None
    text = value.text or ""
    convert = CONVERSIONS.get((value.get(f"{XSI}type") or "").rpartition(":")[2])
    return convert(text) if convert else text


def same(expected: object, actual: object) -> bool:
    """Whether a result is the expected one; numbers within the kit's tolerance."""
    if isinstance(expected, dict) and isinstance(actual, dict):
        return expected.keys() == actual.keys() and all(same(expected[key], actual[key]) for key in expected)
    if isinstance(expected, list) and isinstance(actual, list):
        return len(expected) == len(actual) and all(map(same, expected, actual))
    if isinstance(expected, Decimal) and isinstance(actual, Decimal):
        return expected == actual or abs(expected - actual) <= TOLERANCE
    return values.equal(expected, actual, feel.Budget()) is True
