"""What the log says of a failure: which error arose where, never its message, as that may quote what somebody typed."""

from __future__ import annotations

import traceback
from collections.abc import Iterator

from engine import errors


def told(error: BaseException) -> str:
    """The error and those that led to it, each with its kind and the lines of code it came through."""
    return "\n".join(line for each in _chain(error) for line in _lines(each))


def _chain(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    following: BaseException | None = error
    while following is not None and id(following) not in seen:
        seen.add(id(following))
        yield following
        following = following.__cause__ or (None if following.__suppress_context__ else following.__context__)


def _lines(error: BaseException) -> Iterator[str]:
    kind = f"{type(error).__module__}.{type(error).__qualname__}"
    detail = _detail(error)
    yield f"{kind}: {detail}" if detail else kind
    for frame in traceback.extract_tb(error.__traceback__):
        yield f"  {frame.filename}:{frame.lineno} in {frame.name}"


def _detail(error: BaseException) -> str:
    """What is ours or the system's own wording: a refusal without its values, a code of the system or the database."""
    if isinstance(error, errors.Refusal):
        return error.text
    if isinstance(error, OSError):
        return error.strerror or ""
    return str(getattr(error, "sqlstate", None) or "")
