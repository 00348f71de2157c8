"""Built-ins over texts (DMN 1.5 clause 10.3.4.3; Camunda 8)."""

from __future__ import annotations

import base64
import re
import uuid
from decimal import Decimal

from engine.feel import regex
from engine.feel.builtins.registry import builtin
from engine.feel.data import numbers, text
from engine.feel.errors import Null
from engine.feel.run import ExpressionRun

_REPLACEMENT = re.compile(r"\\([\\$])|\$([0-9]+)|([^\\$]+)", re.A)


@builtin("string", "from: any", "A value as text.")
def string(run: ExpressionRun, from_: object) -> str | None:
    return None if from_ is None else text.text_of(from_, run.budget)


@builtin("string length", "string: string", "How many characters a text has.")
def string_length(string_: str) -> Decimal:
    return Decimal(len(string_))


@builtin("substring", "string: string, start position: number, length: number?", "A part of a text.")
def substring(run: ExpressionRun, string_: str, start: Decimal, length: Decimal | None) -> str:
    position = numbers.integer(start)
    first = position - 1 if position > 0 else len(string_) + position
    if not position or not 0 <= first < len(string_):
        raise Null("The text has %(count)s characters, none at position %(position)s.", count=len(string_), position=position)
    run.budget.store(len(string_) - first)
    if length is None:
        return string_[first:]
    wanted = numbers.integer(length)
    if wanted < 1:
        raise Null("The length must be at least 1.")
    return string_[first : first + wanted]


@builtin("upper case", "string: string", "A text in capital letters.")
def upper_case(run: ExpressionRun, string_: str) -> str:
    run.budget.store(len(string_))
    return string_.upper()


@builtin("lower case", "string: string", "A text in small letters.")
def lower_case(run: ExpressionRun, string_: str) -> str:
    run.budget.store(len(string_))
    return string_.lower()


@builtin("trim", "string: string", "A text without white space at its ends.")
def trim(run: ExpressionRun, string_: str) -> str:
    run.budget.store(len(string_))
    return string_.strip()


@builtin("is blank", "string: string", "Whether a text has nothing but white space.")
def is_blank(string_: str) -> bool:
    return not string_.strip()


@builtin("substring before", "string: string, match: string", "What stands before the first occurrence.")
def substring_before(run: ExpressionRun, string_: str, match: str) -> str:
    run.budget.store(len(string_))
    before, separator, _ = string_.partition(match) if match else ("", "", "")
    return before if separator else ""


@builtin("substring after", "string: string, match: string", "What stands after the first occurrence.")
def substring_after(run: ExpressionRun, string_: str, match: str) -> str:
    run.budget.store(len(string_))
    return string_.partition(match)[2] if match else string_


@builtin("contains", "string: string, match: string", "Whether a text has another inside it.")
def contains(string_: str, match: str) -> bool:
    return match in string_


@builtin("starts with", "string: string, match: string", "Whether a text begins with another.")
def starts_with(string_: str, match: str) -> bool:
    return string_.startswith(match)


@builtin("ends with", "string: string, match: string", "Whether a text ends with another.")
def ends_with(string_: str, match: str) -> bool:
    return string_.endswith(match)


@builtin("matches", "input: string, pattern: string, flags: string|null?", "Whether a pattern fits a part of a text.")
def matches(run: ExpressionRun, input_: str, pattern: str, flags: str | None) -> bool:
    return regex.compile_pattern(pattern, flags or "").search(input_, run.budget) is not None


@builtin(
    "replace",
    "input: string, pattern: string, replacement: string, flags: string|null?",
    "A text with every match of a pattern replaced; $1 stands for the first group.",
)
def replace(run: ExpressionRun, input_: str, pattern: str, replacement: str, flags: str | None) -> str:
    compiled = regex.compile_pattern(pattern, flags or "")
    parts = [replacement] if "q" in (flags or "") else _replacement(replacement, compiled.groups)
    if compiled.search("", run.budget):
        raise Null("The pattern fits an empty text, so there is nothing to replace.")
    done: list[str] = []
    end = 0
    for match in compiled.find_all(input_, run.budget):
        done.append(input_[end : match[0]])
        done.extend(part if isinstance(part, str) else _group(input_, match, part) for part in parts)
        run.budget.store(sum(map(len, done[-len(parts) - 1 :])))
        end = match[1]
    return "".join([*done, input_[end:]])


def _group(input_: str, match: regex.Match, group: int) -> str:
    start, end = match[2 * group], match[2 * group + 1]
    return input_[start:end] if start >= 0 and end >= 0 else ""


def _replacement(replacement: str, groups: int) -> list[str | int]:
    """The parts of a replacement text: texts and group numbers; raises Null for a stray `$` or backslash."""
    parts: list[str | int] = []
    at = 0
    while at < len(replacement):
        reference = _REPLACEMENT.match(replacement, at)
        if not reference:
            raise Null("In a replacement, write “\\$” for “$” and “\\\\” for a backslash.")
        at = reference.end()
        if reference.group(2):
            parts.extend(_group_number(reference.group(2), groups))
        else:
            parts.append(reference.group(1) or reference.group(3))
    return parts


def _group_number(digits: str, groups: int) -> list[str | int]:
    """As many digits as name a group; the rest is text (XPath functions 5.6.4)."""
    length = len(digits)
    while length > 1 and (length > 4 or int(digits[:length]) > groups):
        length -= 1
    number = int(digits[:length])
    return [*([number] if number <= groups else []), digits[length:]]


@builtin("split", "string: string, delimiter: string", "A text cut at every match of a pattern.")
def split(run: ExpressionRun, string_: str, delimiter: str) -> list[object]:
    compiled = regex.compile_pattern(delimiter, "")
    run.budget.store(len(string_))
    parts: list[object] = []
    end = 0
    for match in compiled.find_all(string_, run.budget):
        if match[1] > match[0]:
            parts.append(string_[end : match[0]])
            end = match[1]
            run.budget.step()
    return [*parts, string_[end:]]


@builtin("extract", "input: string, pattern: string", "The parts of a text that a pattern fits.")
def extract(run: ExpressionRun, input_: str, pattern: str) -> list[object]:
    compiled = regex.compile_pattern(pattern, "")
    run.budget.store(len(input_))
    return [input_[match[0] : match[1]] for match in compiled.find_all(input_, run.budget)]


@builtin(
    "string join",
    "list: list, delimiter: string|null?, prefix: string|null?, suffix: string|null?",
    "The texts of a list as one; null is left out.",
)
def string_join(run: ExpressionRun, list_: list[object], delimiter: str | None, prefix: str | None, suffix: str | None) -> str:
    kept = [item for item in list_ if item is not None]
    texts = [item for item in kept if isinstance(item, str)]
    if len(texts) != len(kept):
        raise Null("This needs a list of texts.")
    run.budget.step(len(list_))
    run.budget.store(sum(map(len, texts)) + len(delimiter or "") * len(texts))
    return (prefix or "") + (delimiter or "").join(texts) + (suffix or "")


@builtin("to base64", "value: string", "A text as Base64 of its UTF-8 bytes.")
def to_base64(run: ExpressionRun, value: str) -> str:
    run.budget.store(2 * len(value))
    return base64.b64encode(value.encode("utf-8", "replace")).decode("ascii")


@builtin("uuid", "", "A random unique id.")
def uuid_(run: ExpressionRun) -> str:
    run.budget.step(3)
    return str(uuid.uuid4())


@builtin("format number", "n: number, decimals: number?", "A number with thousands separators: 1,234.50.")
def format_number(n: Decimal, decimals: Decimal | None) -> str:
    digits = 2 if decimals is None else numbers.integer(decimals)
    if not 0 <= digits <= 20:
        raise Null("The scale %(scale)s is out of range.", scale=digits)
    written = format(n, f",.{digits}f")
    return written if written.strip("-0.,") else written.lstrip("-")  # nothing is left of it: no minus before zero
