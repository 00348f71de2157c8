"""What makes a file no XML, in words of ours: the parser knows only English, and tells the place twice."""

from __future__ import annotations

import re

from lxml import etree

from engine import errors

NO_XML = "The file is not well-formed XML (line %(line)s, column %(column)s): %(reason)s"
OTHER = "it cannot be read any further here."
REASONS = {  # by the codes of libxml2
    4: "no XML begins here; perhaps it is another kind of file.",
    5: "something stands behind the end of the document.",
    9: "a character stands here that no XML may hold.",
    23: "an & stands here that begins nothing; write &amp; for it.",
    26: "“&%(name)s;” is not defined.",
    32: "the encoding “%(name)s” is not known.",
    38: "a < stands within a value; write &lt; for it.",
    39: "the value of an attribute needs quotation marks.",
    41: "the attribute “%(name)s” has no value.",
    42: "the attribute “%(name)s” stands twice.",
    45: "a comment does not end.",
    63: "a CDATA section does not end.",
    68: "a name is missing here, or an & or < stands for itself; write &amp; or &lt; for it.",
    73: "the tag “%(name)s” does not end.",
    76: "“%(name)s” is opened, and something else is closed here.",
    77: "the file ends before “%(name)s” is closed.",
    81: "the text is not in the encoding that the file names.",
    201: "the prefix “%(name)s” is not declared.",
}
NAMES = {
    26: r"Entity '(.+?)' not",
    32: r"encoding:? (\S+?),",
    41: r"attribute (\S+?),",
    42: r"Attribute (\S+) redefined",
    73: r"Start Tag (\S+) line",
    76: r"mismatch: (\S+) line",
    77: r"in tag (\S+) line",
    201: r"prefix (\S+) on",
}


def refusal(error: etree.XMLSyntaxError) -> errors.Invalid:
    """The parser's error as a refusal that names line, column and reason."""
    line, column = error.position
    return errors.Invalid(NO_XML, line=line, column=column, reason=_reason(getattr(error, "code", 0), error.msg or ""))


def _reason(code: int, said: str) -> errors.Refusal:
    if code not in NAMES:
        return errors.Refusal(REASONS.get(code, OTHER))
    named = re.search(NAMES[code], said)
    return errors.Refusal(REASONS[code], name=named[1][:80]) if named else errors.Refusal(OTHER)
