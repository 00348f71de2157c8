"""Character classes of XML Schema regular expressions: escapes, categories, blocks."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable

from engine.feel.errors import Null

Test = Callable[[str], bool]

# Unicode blocks that people name; any other is refused, not guessed.
_BLOCKS = {
    "BasicLatin": (0x0000, 0x007F),
    "Latin-1Supplement": (0x0080, 0x00FF),
    "LatinExtended-A": (0x0100, 0x017F),
    "LatinExtended-B": (0x0180, 0x024F),
    "IPAExtensions": (0x0250, 0x02AF),
    "SpacingModifierLetters": (0x02B0, 0x02FF),
    "CombiningDiacriticalMarks": (0x0300, 0x036F),
    "Greek": (0x0370, 0x03FF),
    "GreekandCoptic": (0x0370, 0x03FF),
    "Cyrillic": (0x0400, 0x04FF),
    "Armenian": (0x0530, 0x058F),
    "Hebrew": (0x0590, 0x05FF),
    "Arabic": (0x0600, 0x06FF),
    "Devanagari": (0x0900, 0x097F),
    "Bengali": (0x0980, 0x09FF),
    "Thai": (0x0E00, 0x0E7F),
    "Tibetan": (0x0F00, 0x0FFF),
    "HangulJamo": (0x1100, 0x11FF),
    "Mongolian": (0x1800, 0x18AF),
    "LatinExtendedAdditional": (0x1E00, 0x1EFF),
    "GreekExtended": (0x1F00, 0x1FFF),
    "GeneralPunctuation": (0x2000, 0x206F),
    "SuperscriptsandSubscripts": (0x2070, 0x209F),
    "CurrencySymbols": (0x20A0, 0x20CF),
    "LetterlikeSymbols": (0x2100, 0x214F),
    "NumberForms": (0x2150, 0x218F),
    "Arrows": (0x2190, 0x21FF),
    "MathematicalOperators": (0x2200, 0x22FF),
    "MiscellaneousTechnical": (0x2300, 0x23FF),
    "EnclosedAlphanumerics": (0x2460, 0x24FF),
    "BoxDrawing": (0x2500, 0x257F),
    "GeometricShapes": (0x25A0, 0x25FF),
    "MiscellaneousSymbols": (0x2600, 0x26FF),
    "Dingbats": (0x2700, 0x27BF),
    "CJKRadicalsSupplement": (0x2E80, 0x2EFF),
    "KangxiRadicals": (0x2F00, 0x2FDF),
    "CJKSymbolsandPunctuation": (0x3000, 0x303F),
    "Hiragana": (0x3040, 0x309F),
    "Katakana": (0x30A0, 0x30FF),
    "Bopomofo": (0x3100, 0x312F),
    "HangulCompatibilityJamo": (0x3130, 0x318F),
    "EnclosedCJKLettersandMonths": (0x3200, 0x32FF),
    "CJKCompatibility": (0x3300, 0x33FF),
    "CJKUnifiedIdeographsExtensionA": (0x3400, 0x4DBF),
    "CJKUnifiedIdeographs": (0x4E00, 0x9FFF),
    "HangulSyllables": (0xAC00, 0xD7AF),
    "PrivateUse": (0xE000, 0xF8FF),
    "CJKCompatibilityIdeographs": (0xF900, 0xFAFF),
    "AlphabeticPresentationForms": (0xFB00, 0xFB4F),
    "CJKCompatibilityForms": (0xFE30, 0xFE4F),
    "HalfwidthandFullwidthForms": (0xFF00, 0xFFEF),
    "Specials": (0xFFF0, 0xFFFF),
}
_LETTERS = {"L": "ultmo", "M": "nce", "N": "dlo", "P": "cdseifo", "Z": "slp", "S": "mcko", "C": "cfon"}
_CATEGORIES = frozenset(_LETTERS) | {major + minor for major, minors in _LETTERS.items() for minor in minors}
_SPACE = frozenset(" \t\n\r")


def _is_name_start(c: str) -> bool:
    return c in ":_" or unicodedata.category(c) in ("Lu", "Ll", "Lo", "Lt", "Nl")


def _is_name_part(c: str) -> bool:
    return c in ":_-.\u00b7" or unicodedata.category(c)[0] in "LM" or unicodedata.category(c) in ("Nd", "Nl")


_ESCAPES: dict[str, Test] = {
    "d": lambda c: unicodedata.category(c) == "Nd",
    "s": lambda c: c in _SPACE,
    "w": lambda c: unicodedata.category(c)[0] not in "PZC",
    "i": _is_name_start,
    "c": _is_name_part,
}
CONTROL = {"n": "\n", "r": "\r", "t": "\t"}
LITERAL = frozenset("\\|.-^?*+{}()[]$")


def negated(test: Test) -> Test:
    """The class of all other characters."""
    return lambda c: not test(c)


def escape(letter: str) -> Test | None:
    """The class of `\\d`, `\\W` and so on; None when the letter names none."""
    test = _ESCAPES.get(letter.lower())
    if test is None or letter.lower() == letter:
        return test
    return negated(test)


def category(name: str) -> Test:
    """The class of `\\p{…}`: a general category or a block; raises Null for an unknown one."""
    if name in _CATEGORIES:
        return lambda c: unicodedata.category(c).startswith(name)
    block = _BLOCKS.get(name.removeprefix("Is")) if name.startswith("Is") else None
    if block is None:
        raise Null("The pattern names an unknown class of characters: %(name)s.", name=name[:60])
    first, last = block
    return lambda c: first <= ord(c) <= last


def variants(c: str) -> frozenset[str]:
    """A character with the characters that differ from it in case only (XPath flag `i`)."""
    folded = {c, c.lower(), c.upper(), c.casefold(), c.upper().lower(), c.lower().upper()}
    if c in "kK\u212a":
        folded |= {"k", "K", "\u212a"}
    if c in "sS\u017f":
        folded |= {"s", "S", "\u017f"}
    return frozenset(variant for variant in folded if len(variant) == 1)
