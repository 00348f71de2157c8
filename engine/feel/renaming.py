"""Another name for a variable in the text of an expression; all else of the text stays as it is written."""

from __future__ import annotations

import re

from engine.feel import errors
from engine.feel.checking import bare_words
from engine.feel.reading import free_names, lexer, syntax, trees

_NAME = re.compile(r"[^\W\d]\w*")


def is_name(text: str) -> bool:
    """Whether a variable of this name can be written anywhere, without quotation marks of any kind."""
    return bool(_NAME.fullmatch(text)) and text not in lexer.KEYWORDS


def renamed(text: str, old: str, new: str, *, unary: bool = False) -> str:
    """The text with a variable called otherwise, wherever it is certain that it is meant.

    It stays as it is where it cannot be read, where it speaks of the new name already, and within filters, in which an
    entry of the elements may have the old one.
    """
    try:
        tree = trees.tree(text, unary=unary)
    except (errors.FeelError, RecursionError):
        return text
    if new in bare_words.names(tree):
        return text
    called = {id(node.function) for node in syntax.every(tree) if isinstance(node, syntax.Call)}
    meant = (node for node, is_filtered in free_names.walk(tree, frozenset()) if not is_filtered and id(node) not in called)
    for at in sorted({node.at for node in meant if node.name == old}, reverse=True):
        written = next((each for each in (old, f"`{old}`") if text.startswith(each, at)), None)
        text = text if written is None else text[:at] + new + text[at + len(written) :]
    return text
