"""The names in a diagram that is only looked at: of lanes as the groups are called today, of all else as its reader speaks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from lxml import etree

from engine.diagrams import drawn_anew, labels, xml

BPMN = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
DI = "{http://www.omg.org/spec/BPMN/20100524/DI}"
BOUNDS = "{http://www.omg.org/spec/DD/20100524/DC}Bounds"
WAYPOINT = "{http://www.omg.org/spec/DD/20100524/DI}waypoint"
LETTER = 6.5  # width of a letter in a label, in the diagram's own units
MARGIN = 4


def shown(content: bytes, names: Mapping[str, str], words: Mapping[str, str] | None = None) -> bytes:
    """The diagram as people look at it: laid out where the file draws nothing, and `called` as they know it."""
    if b"BPMNShape" not in content:
        root = xml.safe_parse(content, is_whole=True)
        drawn_anew.drawn_anew(root)
        content = etree.tostring(root.getroottree(), xml_declaration=True, encoding="UTF-8")
    return called(content, names, words)


def called(content: bytes, names: Mapping[str, str], words: Mapping[str, str] | None = None) -> bytes:
    """The diagram with lanes (BPMN 2.0.2, 10.8) of the former `names` called as these say; itself where nothing changes.

    `words` are the names of all else in the language of whoever looks. Their labels get room for the longest word,
    and another place where they would cover something.
    """
    if not names and not words:
        return content
    root = xml.safe_parse(content, is_whole=True)
    said = {**dict(_named(root, names, words or {})), **dict(_annotated(root, words or {}))}
    for drawn in root.iter(f"{DI}BPMNShape", f"{DI}BPMNEdge"):
        if text := said.get(drawn.get("bpmnElement", "")):
            _make_room(drawn, text)
    labels.clear(root, said)
    made: bytes = etree.tostring(root.getroottree(), xml_declaration=True, encoding="UTF-8")
    return made if said else content


def _named(root: etree._Element, names: Mapping[str, str], words: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Gives the elements their names; which are called otherwise now, and how, by id."""
    for element in root.iter(f"{BPMN}*"):
        name = (element.get("name") or "").strip()
        present = names.get(name, name) if element.tag == f"{BPMN}lane" else name
        said = words.get(present, present)
        if said != name:
            element.set("name", said)
            yield element.get("id", ""), said


def _annotated(root: etree._Element, words: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """The same with texts of annotations."""
    for annotation in root.iter(f"{BPMN}textAnnotation"):
        for text in annotation.findall(f"{BPMN}text"):
            drawn = (text.text or "").strip()
            if drawn in words:
                text.text = words[drawn]
                yield annotation.get("id", ""), words[drawn]


def _make_room(drawn: etree._Element, text: str) -> None:
    """Widens a label until no word of it has to break: away from the source of a flow, else to both sides."""
    bounds = drawn.find(f"{DI}BPMNLabel/{BOUNDS}")
    if bounds is None:
        return
    left, width = float(bounds.get("x", 0)), float(bounds.get("width", 0))
    more = max(map(len, text.split()), default=0) * LETTER + MARGIN - width
    if more > 0:
        first = drawn.find(WAYPOINT)
        source = float(first.get("x", 0)) if first is not None else left + width / 2
        shift = 0 if left >= source else more if left + width <= source else more / 2
        bounds.set("x", f"{left - shift:g}")
        bounds.set("width", f"{width + more:g}")
