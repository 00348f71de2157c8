"""Parsing XML that strangers upload: no entities, no DTD, no network, bounded size and depth."""

from __future__ import annotations

from lxml import etree

from engine import errors
from engine.diagrams import xml_faults

MAX_BYTES = 4 * 1024 * 1024
MAX_DEPTH = 200


def safe_parse(
    data: bytes, *, max_bytes: int = MAX_BYTES, max_depth: int = MAX_DEPTH, is_whole: bool = False
) -> etree._Element:
    """The root element of an XML document, without comments and processing instructions unless it `is_whole`.

    `max_bytes` bounds the document, `max_depth` how deep its elements nest.
    Raises `errors.Invalid` for everything that is not plain, well-formed XML within these bounds.
    """
    if len(data) > max_bytes:
        raise errors.Invalid("The XML file is larger than %(limit)s MB.", limit=max_bytes // (1024 * 1024))
    root = _parsed(data, is_whole)
    document = root.getroottree().docinfo
    if document.internalDTD is not None or document.externalDTD is not None:
        raise errors.Invalid("The XML file has a document type declaration (DOCTYPE); that is not accepted.")
    if _deeper_than(root, max_depth):
        raise errors.Invalid("The XML file nests its elements deeper than %(limit)s levels.", limit=max_depth)
    return root


def _parsed(data: bytes, is_whole: bool) -> etree._Element:
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        remove_comments=not is_whole,
        remove_pis=not is_whole,
    )
    try:
        return etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        raise xml_faults.refusal(error) from error


def _deeper_than(root: etree._Element, limit: int) -> bool:
    depth = 0
    for event, _ in etree.iterwalk(root, events=("start", "end")):
        depth += 1 if event == "start" else -1
        if depth > limit:
            return True
    return False
