"""Sets one document with Typst, as a process of its own: JSON comes in, the PDF goes out, and its memory is given back.

Typst keeps what it has set (200 MB after 70 certificates), and a template that never ends can only be ended
from outside. It is run by path, without the environment, so it knows no secret and nothing of the engine.
"""

from __future__ import annotations

import json
import re
import sys
from datetime import datetime
from typing import Any, Literal

import typst

Standard = Literal["1.7", "a-2b"]
NO_GLYPH = re.compile(r'the text `"(.*?)"` could not be displayed with font')
JOINING = re.compile("[\u200b-\u200f\ufe00-\ufe0f\U000e0020-\U000e007f]")
ESCAPED = re.compile(r"\\u\{([0-9a-f]+)\}")


def main() -> int:
    """Reads {template, root, fonts, rare_fonts, inputs, timestamp} from standard input; 1 with the reason when it cannot be set."""
    order = json.load(sys.stdin.buffer)
    try:
        made = _made(order)
    except Exception as error:  # people read the reason: a sentence, without the paths of a traceback
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        return 1
    sys.stdout.buffer.write(made)
    return 0


def _made(order: dict[str, Any]) -> bytes:
    """The PDF, fit for archives; a sign that no font has is printed by its number, and the template says which are.

    The fonts of rare letters take half a second to open: only papers that need them wait for it.
    """
    inputs, wide = order["inputs"], order["fonts"] + order["rare_fonts"]
    made, missing = _tried(order, order["fonts"], inputs)
    if missing:
        made, missing = _tried(order, wide, inputs)
    if missing:
        inputs |= {"data": _by_number(inputs["data"], missing), "missing": "、".join(sorted({*_numbers("".join(missing))}))}
        made, missing = _tried(order, wide, inputs)
    return _compiled(order, wide, inputs, "1.7") if missing else made  # paper always comes, at worst with a box


def _tried(order: dict[str, Any], fonts: list[str], inputs: dict[str, str]) -> tuple[bytes, list[str]]:
    """The PDF, or what of its text is in none of the fonts, longest first."""
    try:
        return _compiled(order, fonts, inputs, "a-2b"), []
    except typst.TypstError as error:
        told = NO_GLYPH.findall(f"{error.message}\n{error.diagnostic}")
        if not told:
            raise
    return b"", sorted({ESCAPED.sub(lambda code: chr(int(code[1], 16)), each) for each in told}, key=len, reverse=True)


def _by_number(data: str, missing: list[str]) -> str:
    for text in missing:
        data = data.replace(text, "".join(f"〔{each}〕" for each in _numbers(text)))
    return data


def _numbers(text: str) -> list[str]:
    """The numbers of the signs of a text; what only joins signs or chooses a variant of one (emoji) has none."""
    return [f"U+{ord(sign):04X}" for sign in text if not JOINING.fullmatch(sign)]


def _compiled(order: dict[str, Any], fonts: list[str], inputs: dict[str, str], standard: Standard) -> bytes:
    made: bytes = typst.compile(
        order["template"],
        root=order["root"],
        font_paths=fonts,
        ignore_system_fonts=True,
        format="pdf",
        sys_inputs=inputs,
        pdf_standards=standard,
        timestamp=datetime.fromisoformat(order["timestamp"]),
    )
    return made


if __name__ == "__main__":
    sys.exit(main())
