"""Walking a DMN file's elements: name spaces, names, references and texts."""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree

from engine import errors
from engine.diagrams import xml

MAX_BYTES = 2 * 1024 * 1024
MAX_DEPTH = 100

NAMESPACES = {
    "http://www.omg.org/spec/DMN/20180521/MODEL/": "1.2",
    "https://www.omg.org/spec/DMN/20191111/MODEL/": "1.3",
    "https://www.omg.org/spec/DMN/20211108/MODEL/": "1.4",
    "https://www.omg.org/spec/DMN/20230324/MODEL/": "1.5",
}


def definitions(data: bytes) -> etree._Element:
    """The `definitions` element of a DMN 1.2 to 1.5 file; `errors.Invalid` for anything else."""
    root = xml.safe_parse(data, max_bytes=MAX_BYTES, max_depth=MAX_DEPTH)
    name = etree.QName(root)
    if name.localname != "definitions" or name.namespace not in NAMESPACES:
        raise errors.Invalid("This is not a decision model of DMN 1.2 to 1.5 (.dmn).")
    return root


def children(element: etree._Element, *names: str) -> Iterator[etree._Element]:
    """The child elements of these local names that belong to DMN itself, in document order."""
    namespace = etree.QName(element).namespace
    return element.iterchildren(*[f"{{{namespace}}}{name}" for name in names])


def child(element: etree._Element, *names: str) -> etree._Element | None:
    """The first of `children`, or None."""
    return next(children(element, *names), None)


def text(element: etree._Element | None) -> str:
    """The content of the element's `text` child, stripped; empty when there is none."""
    inner = None if element is None else child(element, "text")
    return "" if inner is None else (inner.text or "").strip()


def name(element: etree._Element | None) -> str:
    """The `name` attribute with its runs of white space made one blank, as FEEL reads names."""
    return "" if element is None else " ".join((element.get("name") or "").split())


def kind(element: etree._Element) -> str:
    """The element's local name."""
    return str(etree.QName(element).localname)


def type_reference(element: etree._Element | None) -> str:
    """The `typeRef` of an element, written as attribute or as child; empty when there is none."""
    if element is None:
        return ""
    inner = child(element, "typeRef")
    reference = (element.get("typeRef") or "") if inner is None else (inner.text or "")
    return " ".join(reference.split())


def cost(element: etree._Element) -> int:
    """Roughly how many steps one evaluation of an element's logic takes, loops aside: by its length."""
    return 1 + sum(map(len, element.itertext())) // 4


def place(element: etree._Element) -> tuple[str, str]:
    """The nearest id and the nearest name at or above the element, to tell people where it is."""
    ancestry = [element, *element.iterancestors()]
    identifier = next((near for node in ancestry if (near := node.get("id"))), "")
    called = next((near for node in ancestry if (near := name(node))), "")
    return identifier, called
