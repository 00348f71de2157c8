"""A variable as the API finds it, with the key that it is known by."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from engine import errors
from engine.storage import models
from engine.storage.models import ProcessInstance

TRUNCATED = 8192
NAME_DIGITS = 6
LONGEST_KEY = 25


@dataclass(frozen=True)
class VariableFound:
    """A variable of an instance's process scope."""

    instance: ProcessInstance
    name: str
    value: Any
    is_masked: bool

    @cached_property
    def text(self) -> str:
        """The value in JSON."""
        return models.dumps(self.value)

    @property
    def key(self) -> str:
        """Its key: that of the instance, then digits made of the name; what a client takes has no room for more."""
        return f"{self.instance.key}{zlib.crc32(self.name.encode()) % 10**NAME_DIGITS:0{NAME_DIGITS}d}"


def instance_key(key: str) -> int:
    """The instance's part of a variable's key. Raises Invalid."""
    if not (key.isdecimal() and NAME_DIGITS < len(key) <= LONGEST_KEY):
        raise errors.Invalid("“%(value)s” is not a key.", value=key[:40])
    return int(key[:-NAME_DIGITS])
