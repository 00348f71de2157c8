"""Sets one document with Typst, as a process of its own: JSON comes in, the PDF goes out, and its memory is given back.

Typst keeps what it has set (200 MB after 70 certificates), and a template that never ends can only be ended
from outside. It is run by path, without the environment, so it knows no secret and nothing of the engine.
"""

from __future__ import annotations

import json
import sys
from datetime import datetime
from typing import Any, Literal

import typst

Standard = Literal["1.7", "a-2b"]
NO_GLYPH = "could not be displayed with font"


def main() -> int:
    """Reads {template, root, fonts, inputs, timestamp} from standard input; 1 with the reason when it cannot be set."""
    order = json.load(sys.stdin.buffer)
    try:
        made = _made(order)
    except Exception as error:  # people read the reason: a sentence, without the paths of a traceback
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        return 1
    sys.stdout.buffer.write(made)
    return 0


def _made(order: dict[str, Any]) -> bytes:
    """The PDF, fit for archives; where a letter is in none of the fonts, one that shows a box for it: paper always comes."""
    try:
        return _compiled(order, "a-2b")
    except typst.TypstError as error:
        if NO_GLYPH not in str(error):
            raise
        return _compiled(order, "1.7")


def _compiled(order: dict[str, Any], standard: Standard) -> bytes:
    made: bytes = typst.compile(
        order["template"],
        root=order["root"],
        font_paths=order["fonts"],
        ignore_system_fonts=True,
        format="pdf",
        sys_inputs=order["inputs"],
        pdf_standards=standard,
        timestamp=datetime.fromisoformat(order["timestamp"]),
    )
    return made


if __name__ == "__main__":
    sys.exit(main())
