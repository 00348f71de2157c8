"""The shapes of what our own part of the API answers."""

from __future__ import annotations

from pydantic import BaseModel


class Made(BaseModel):
    """The key of what was made."""

    key: str


class BatchItem(BaseModel):
    """One task of an act on many. `state`: waiting, done, refused; `detail` says why."""

    userTaskKey: str
    state: str
    detail: str | None


class Batch(BaseModel):
    """An act on many tasks. `state`: waiting, undone, done."""

    key: str
    operation: str
    state: str
    items: list[BatchItem]
