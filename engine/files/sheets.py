"""Tables that people hand in, CSV or XLSX, as rows of texts; what is no plain table is refused."""

from __future__ import annotations

import codecs
import csv
import io
import json
import re
import zipfile
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation

from lxml import etree

from engine import errors
from engine.basics import json_texts, zips
from engine.diagrams.xml import safe_parse

MOST_COLUMNS, MOST_ROWS, MOST_LETTERS = 100, 20_000, 2000
MOST_BYTES = 16 * 1024 * 1024
MOST_UNPACKED = 64 * 1024 * 1024
MOST_DIGITS = 30
MOST_JUDGED = 4000  # letters by which an encoding is known
FORMULA = "=formula"  # stands in place of a cell that holds one; no other text of a sheet begins so
NO_TABLE = "This is neither a CSV nor an XLSX file."
TOO_WIDE = "The file has more than %(limit)s columns."
TOO_LONG = "The file has more than %(limit)s rows."
MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
LINKED = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
RELATION = "{http://schemas.openxmlformats.org/package/2006/relationships}Relationship"
_DAYS = {14, 15, 16, 17, 22, 27, 28, 29, 30, 31, 36, 50, 51, 52, 53, 54, 55, 56, 57, 58}  # built-in formats, ECMA-376 18.8.30
_BROKEN = (*zips.BROKEN, KeyError)  # a part that another one refers to is missing


def read(content: bytes) -> list[list[str]]:
    """The rows of a file, each a list of texts without spaces around them; empty rows at the end are left out.

    A formula is given as `FORMULA`. Raises Invalid for what is no table, or too large a one.
    """
    if len(content) > MOST_BYTES:
        raise errors.Invalid("The file is larger than %(limit)s MB.", limit=MOST_BYTES // 1024**2)
    rows = list(_bounded(_of_book(content) if content.startswith(b"PK") else _of_csv(content)))
    while rows and not any(rows[-1]):
        rows.pop()
    return rows


def pasted(text: str) -> list[list[str]]:
    """The rows of what a spreadsheet put on the clipboard: tabs between cells, quotation marks around those of several lines.

    Raises Invalid for too much.
    """
    rows = csv.reader(io.StringIO(text, newline=""), delimiter="\t")
    try:
        return [row for row in _bounded(rows) if any(row)]
    except csv.Error as error:
        raise errors.Invalid(NO_TABLE) from error


def kept(text: str) -> list[list[str]]:
    """The rows that `keep` wrote. Raises Invalid for anything else."""
    rows = json_texts.read(text)
    if not isinstance(rows, list) or not all(isinstance(row, list) and all(isinstance(c, str) for c in row) for row in rows):
        raise errors.Invalid(NO_TABLE)
    return list(_bounded(iter(rows)))


def keep(rows: Sequence[Sequence[str]]) -> str:
    """Rows as a text that a form can hold while its other answers are mended."""
    return json.dumps([list(row) for row in rows], ensure_ascii=False, separators=(",", ":"))


def _bounded(rows: Iterator[list[str]]) -> Iterator[list[str]]:
    for number, row in enumerate(rows):
        if number >= MOST_ROWS:
            raise errors.Invalid(TOO_LONG, limit=MOST_ROWS)
        if len(row) > MOST_COLUMNS:
            raise errors.Invalid(TOO_WIDE, limit=MOST_COLUMNS)
        yield [" ".join(cell[:MOST_LETTERS].replace("\0", "").split()) for cell in row]


def _of_csv(content: bytes) -> Iterator[list[str]]:
    text = _decoded(content)
    first = text.partition("\n")[0]
    sign = max(",;\t", key=first.count)
    try:
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=sign):
            yield [_plain(cell) for cell in row]
    except csv.Error as error:
        raise errors.Invalid(NO_TABLE) from error


def _plain(cell: str) -> str:
    """A cell of CSV: a leading apostrophe keeps a text from being a formula, a leading sign makes one."""
    text = cell.strip()
    if text.startswith("'"):
        return text[1:]
    is_number = re.fullmatch(r"[+-][0-9][0-9 .-]*", text)
    return FORMULA if text[:1] in ("=", "@", "+", "-") and len(text) > 1 and not is_number else text


def _decoded(content: bytes) -> str:
    """Spreadsheet programs write UTF-16 as “Unicode text”, and GB 18030 or, in Taiwan and Hong Kong, Big5 unless asked for UTF-8."""
    marked = "utf-16" if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) else "utf-8-sig"
    text = _in(content, marked) or max((_in(content, each) for each in ("gb18030", "big5hkscs")), key=_plainness)
    if content and not text:
        raise errors.Invalid(NO_TABLE)
    return text


def _in(content: bytes, encoding: str) -> str:
    """The text in an encoding, nothing where it is none."""
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError:
        return ""
    return "" if "\0" in text else text


def _plainness(text: str) -> float:
    """How much of a text is in everyday letters, 0 to 1: read in the wrong one of two encodings most letters are rare ones.

    Those of GB 2312, level 1, and of Big5, level 1, are the everyday ones.
    """
    letters = [each for each in text[:MOST_JUDGED] if ord(each) > 127]
    if not text or not letters:
        return float(bool(text))
    return sum(_is_everyday(each) for each in letters) / len(letters)


def _is_everyday(letter: str) -> bool:
    simple, full = letter.encode("gb2312", "ignore"), letter.encode("big5", "ignore")
    return b"\xa1" <= simple[:1] <= b"\xd7" or b"\xa1" <= full[:1] <= b"\xc6"


def _of_book(content: bytes) -> Iterator[list[str]]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as book:
            if sum(each.file_size for each in book.infolist()) > MOST_UNPACKED:
                raise errors.Invalid("The file is larger than %(limit)s MB.", limit=MOST_UNPACKED // 1024**2)
            yield from _of_sheet(book)
    except _BROKEN as error:
        raise errors.Invalid(NO_TABLE) from error


def _of_sheet(book: zipfile.ZipFile) -> Iterator[list[str]]:
    names = set(book.namelist())
    shared = _shared(book) if "xl/sharedStrings.xml" in names else []
    days = _day_styles(book) if "xl/styles.xml" in names else set()
    sheet = _part(book, _first_sheet(book))
    given = 0
    for row in sheet.iter(f"{MAIN}row"):
        number = int(row.get("r") or given + 1) - 1
        if number >= MOST_ROWS:
            raise errors.Invalid(TOO_LONG, limit=MOST_ROWS)
        yield from ([] for _ in range(given, number))  # rows that hold nothing are not written
        given = number + 1
        cells: dict[int, str] = {}
        for cell in row.iter(f"{MAIN}c"):
            place = _column(cell.get("r") or "") if cell.get("r") else len(cells)
            if place >= MOST_COLUMNS:
                raise errors.Invalid(TOO_WIDE, limit=MOST_COLUMNS)
            cells[place] = _text(cell, shared, days)
        yield [cells.get(place, "") for place in range(max(cells, default=-1) + 1)]


def _first_sheet(book: zipfile.ZipFile) -> str:
    first = next(_part(book, "xl/workbook.xml").iter(f"{MAIN}sheet"))
    relations = _part(book, "xl/_rels/workbook.xml.rels")
    target = next(each.get("Target") or "" for each in relations.iter(RELATION) if each.get("Id") == first.get(LINKED))
    return target.lstrip("/") if target.startswith("/") else f"xl/{target}"


def _part(book: zipfile.ZipFile, name: str) -> etree._Element:
    with book.open(name) as part:
        return safe_parse(part.read(MOST_UNPACKED), max_bytes=MOST_UNPACKED)


def _shared(book: zipfile.ZipFile) -> list[str]:
    strings = _part(book, "xl/sharedStrings.xml").iter(f"{MAIN}si")
    return ["".join(text.text or "" for text in each.iter(f"{MAIN}t")) for each in strings]


def _day_styles(book: zipfile.ZipFile) -> set[str]:
    """The numbers of the cell formats that show a day."""
    styles = _part(book, "xl/styles.xml")
    own = {each.get("numFmtId"): each.get("formatCode") or "" for each in styles.iter(f"{MAIN}numFmt")}
    days = {str(number) for number in _DAYS} | {number for number, code in own.items() if number and _shows_day(code)}
    formats = styles.find(f"{MAIN}cellXfs")
    return {str(at) for at, each in enumerate(formats if formats is not None else ()) if each.get("numFmtId") in days}


def _shows_day(code: str) -> bool:
    plain = re.sub(r'"[^"]*"|\[[^\]]*\]', "", code).lower()
    return "y" in plain or "d" in plain


def _text(cell: etree._Element, shared: list[str], days: set[str]) -> str:
    if cell.find(f"{MAIN}f") is not None:
        return FORMULA
    kind, value = cell.get("t"), cell.findtext(f"{MAIN}v") or ""
    if kind == "s":
        return shared[int(value)]
    if kind == "inlineStr":
        return "".join(text.text or "" for text in cell.iter(f"{MAIN}t"))
    if kind in ("str", "e", "b", "d") or not value:
        return value
    return _number(value, is_day=cell.get("s") in days)


def _number(value: str, *, is_day: bool) -> str:
    """A number as a person writes it: a telephone number is kept as 1.38E+10 in some files."""
    try:
        number = Decimal(value)
    except InvalidOperation:
        return value
    if not number.is_finite() or number.adjusted() > MOST_DIGITS:
        return value
    if is_day and 1 <= number < 2_900_000:  # days since 1899-12-30, ECMA-376 18.17.4.1
        return (date(1899, 12, 30) + timedelta(days=int(number))).isoformat()
    return f"{number:f}" if number != number.to_integral() else str(int(number))


def _column(reference: str) -> int:
    place = 0
    for letter in reference.upper():
        if not "A" <= letter <= "Z":
            break
        place = place * 26 + ord(letter) - 64
    return place - 1
