"""Sets one document with Typst, as a process of its own: JSON comes in, the PDF goes out, and its memory is given back.

Typst keeps what it has set (200 MB after 70 certificates), and a template that never ends can only be ended
from outside. It is run by path, without the environment, so it knows no secret and nothing of the engine.
"""

from __future__ import annotations

import json
import sys
from datetime import datetime

import typst


def main() -> int:
    """Reads {template, root, fonts, inputs, timestamp} from standard input; 1 with the reason when it cannot be set."""
    order = json.load(sys.stdin.buffer)
    try:
        made = typst.compile(
            order["template"],
            root=order["root"],
            font_paths=order["fonts"],
            ignore_system_fonts=True,
            format="pdf",
            sys_inputs=order["inputs"],
            pdf_standards="a-2b",
            timestamp=datetime.fromisoformat(order["timestamp"]),
        )
    except Exception as error:  # people read the reason: a sentence, without the paths of a traceback
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        return 1
    sys.stdout.buffer.write(made)
    return 0


if __name__ == "__main__":
    sys.exit(main())
