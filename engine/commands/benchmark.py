"""`banjie bench`: figures of speed and size, measured side by side in one run."""

from __future__ import annotations

import argparse
import subprocess
import sys

from engine import environment, errors
from engine.commands import opening

PROGRAM = "tests.benchmarks"


def bench(arguments: argparse.Namespace, _settings: environment.Settings) -> int:
    """Runs the named parts, or all; needs the project's checkout and the packages of `make test`."""
    if not (opening.ROOT / PROGRAM.replace(".", "/")).is_dir():
        raise errors.Invalid("The benchmarks are part of the project's checkout, which is not here.")
    return subprocess.run([sys.executable, "-m", PROGRAM, *arguments.parts], cwd=opening.ROOT, check=False).returncode
