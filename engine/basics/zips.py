"""What reading a ZIP that is none, is cut off, or was made to do harm may fail with: the one list of whoever reads one."""

from __future__ import annotations

import struct
import zipfile
import zlib

BROKEN = (zipfile.BadZipFile, ValueError, NotImplementedError, OSError, EOFError, RuntimeError, zlib.error, struct.error)
