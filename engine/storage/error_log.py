"""What the log says of a failure: which error arose where, never its message, as that may quote what somebody typed."""

from __future__ import annotations

import traceback
from collections.abc import Iterator

from engine import errors

MOST_ERRORS = 4
OUTER_FRAMES = 3
INNER_FRAMES = 9


def told(error: BaseException) -> str:
    """The error and those that led to it in one line: each one's kind and where in the code it arose.

    However deep the failure was (a hostile letter lets a parser call itself a thousand times), the line stays short.
    """
    return " from ".join(map(_one, list(_chain(error))[:MOST_ERRORS]))


def _chain(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    following: BaseException | None = error
    while following is not None and id(following) not in seen:
        seen.add(id(following))
        yield following
        following = following.__cause__ or (None if following.__suppress_context__ else following.__context__)


def _one(error: BaseException) -> str:
    kind, detail = f"{type(error).__module__}.{type(error).__qualname__}", _detail(error)
    return f"{kind}{': ' + detail if detail else ''} [{'; '.join(_places(error))}]"


def _places(error: BaseException) -> list[str]:
    """The lines of code that the error came through, outermost first; of many the two ends."""
    frames = [f"{frame.filename}:{frame.lineno} in {frame.name}" for frame in traceback.extract_tb(error.__traceback__)]
    if len(frames) <= OUTER_FRAMES + INNER_FRAMES:
        return frames
    return [*frames[:OUTER_FRAMES], f"{len(frames) - OUTER_FRAMES - INNER_FRAMES} more", *frames[-INNER_FRAMES:]]


def _detail(error: BaseException) -> str:
    """What is ours or the system's own wording: a refusal without its values, a code of the system or the database."""
    if isinstance(error, errors.Refusal):
        return error.text
    if isinstance(error, OSError):
        return error.strerror or ""
    return str(getattr(error, "sqlstate", None) or "")
