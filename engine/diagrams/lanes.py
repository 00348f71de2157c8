"""The names in a diagram that is only looked at: of lanes as the groups are called today, of all else as its reader speaks."""

from __future__ import annotations

from collections.abc import Mapping

from lxml import etree

from engine.diagrams import xml

BPMN = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"


def called(content: bytes, names: Mapping[str, str], words: Mapping[str, str] | None = None) -> bytes:
    """The diagram with lanes (BPMN 2.0.2, 10.8) of the former `names` called as these say; itself where nothing changes.

    `words` are the names of all else in the language of whoever looks.
    """
    if not names and not words:
        return content
    root, is_changed = xml.safe_parse(content, is_whole=True), False
    for element in root.iter(f"{BPMN}*"):
        name = (element.get("name") or "").strip()
        present = names.get(name, name) if element.tag == f"{BPMN}lane" else name
        said = (words or {}).get(present, present)
        if said != name:
            element.set("name", said)
            is_changed = True
    for annotation in root.iter(f"{BPMN}textAnnotation"):
        for text in annotation.findall(f"{BPMN}text"):
            drawn = (text.text or "").strip()
            is_changed |= drawn in (words or {})
            text.text = (words or {}).get(drawn, text.text)
    made: bytes = etree.tostring(root.getroottree(), xml_declaration=True, encoding="UTF-8")
    return made if is_changed else content
