"""Templates are compiled once per installation, not by every process: their code is kept beside them as Python keeps its own."""

from __future__ import annotations

import contextlib
import hashlib
import sys
from importlib import metadata
from pathlib import Path

import flask
from jinja2.bccache import Bucket, FileSystemBytecodeCache

FOLDER = Path(__file__).parents[2] / "templates" / "__pycache__"


class Compiled(FileSystemBytecodeCache):
    """The code of templates in files that are worth as much as the sources they were made of: one of another text is made anew.

    Where the folder cannot be written, every process compiles for itself, as where Python must not write its code.
    """

    def load_bytecode(self, bucket: Bucket) -> None:
        """Takes the code that was kept, where it can be read."""
        with contextlib.suppress(OSError):
            super().load_bytecode(bucket)

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keeps the code of a template, where that may be."""
        with contextlib.suppress(OSError):
            if not sys.dont_write_bytecode:
                Path(self.directory).mkdir(exist_ok=True)
                super().dump_bytecode(bucket)


def install(app: flask.Flask) -> None:
    """Has the app's templates kept; to be called when the environment has all that decides how they are compiled."""
    env = app.jinja_env
    decides = (metadata.version("jinja2"), env.trim_blocks, env.lstrip_blocks, sorted(env.extensions))
    digest = hashlib.sha256(repr(decides).encode()).hexdigest()[:12]
    env.bytecode_cache = Compiled(str(FOLDER), f"%s.{digest}.jinja")
