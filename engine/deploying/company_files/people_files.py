"""People of a new company from a CSV file: who they are, where they belong, in which groups they are."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from engine import errors
from engine.basics import pinyin
from engine.people.actors import SYSTEM_USERNAME

MAX_BYTES = 4_000_000
MAX_ROWS = 20_000
MAX_COLUMNS = 100
MAX_TOLD = 50
COLUMNS: Mapping[str, tuple[str, ...]] = {
    "username": ("username", "用户名", "账号", "登录名"),
    "name": ("name", "姓名"),
    "department": ("department", "部门"),
    "email": ("email", "mail", "邮箱", "电子邮箱", "邮件"),
    "groups": ("groups", "group", "组", "候选组", "角色"),
}
NOT_READ = "The file of people cannot be read: %(reason)s"
NO_COLUMN = "There is no column %(name)s. The first line names the columns: username, name, department, email, groups."
NO_USERNAME = "Line %(line)s: “%(text)s” is no username: small letters, digits and _, beginning with a letter."
NO_NAME = "Line %(line)s: the name is missing."
TWICE = "Line %(line)s: the username %(text)s is there twice."


@dataclass
class People:
    """What a file says, as tables of a company.toml."""

    person: list[dict[str, Any]] = field(default_factory=list)
    department: list[dict[str, Any]] = field(default_factory=list)
    group: list[dict[str, Any]] = field(default_factory=list)


def read(content: bytes) -> People:
    """The people of a CSV file in UTF-8 or GB 18030; groups with 、 or ; between. An empty file holds nobody.

    Raises Invalid with all wrong lines under `fields["people"]`.
    """
    if not content.strip():
        return People()
    try:
        rows = list(_rows(content))
    except (csv.Error, UnicodeDecodeError, ValueError) as error:
        raise errors.Invalid(NOT_READ, reason=str(error)[:200]) from error
    problems = list(_problems(rows))
    if problems:
        raise errors.Invalid(NOT_READ, reason=problems[0], fields={"people": problems[:MAX_TOLD]})
    return _people(rows)


def is_username(text: str) -> bool:
    """Whether it may be one: what variables and addresses hold without quoting."""
    return (
        text.isascii() and text.isidentifier() and text == text.lower() and text != SYSTEM_USERNAME and not text.startswith("_")
    )


def _rows(content: bytes) -> Iterator[tuple[int, dict[str, str]]]:
    if len(content) > MAX_BYTES:
        raise ValueError("> 4 MB")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("gb18030")  # as spreadsheet programs save it in China
    lines = csv.reader(io.StringIO(text))
    head = [each.strip().lower() for each in next(lines, [])]
    if len(head) > MAX_COLUMNS:
        raise ValueError(f"> {MAX_COLUMNS} columns")
    places = {name: head.index(each) for name, words in COLUMNS.items() for each in words if each in head}
    for name in ("username", "name"):
        if name not in places:
            raise errors.Invalid(NO_COLUMN, name=name)
    for line, row in enumerate(lines, start=2):
        if line > MAX_ROWS:
            raise ValueError(f"> {MAX_ROWS} lines")
        if any(each.strip() for each in row):
            yield line, {name: row[at].strip() if at < len(row) else "" for name, at in places.items()}


def _problems(rows: list[tuple[int, dict[str, str]]]) -> Iterator[errors.Refusal]:
    seen: set[str] = set()
    for line, row in rows:
        if not is_username(row["username"]):
            yield errors.Refusal(NO_USERNAME, line=line, text=row["username"][:40])
        elif row["username"] in seen:
            yield errors.Refusal(TWICE, line=line, text=row["username"])
        if not row["name"]:
            yield errors.Refusal(NO_NAME, line=line)
        seen.add(row["username"])


def _people(rows: list[tuple[int, dict[str, str]]]) -> People:
    made, ids, groups = People(), dict[str, str](), dict[str, list[str]]()
    for _line, row in rows:
        said = {"username": row["username"], "name": row["name"]}
        if name := row.get("department", ""):
            ids[name] = ids.get(name) or _id(name, ids)
            said["department"] = ids[name]
        if row.get("email"):
            said["email"] = row["email"]
        made.person.append(said)
        for group in row.get("groups", "").replace(";", "、").replace("；", "、").split("、"):
            if group.strip():
                groups.setdefault(group.strip(), []).append(row["username"])
    made.department = [{"id": id, "name": name} for name, id in ids.items()]
    made.group = [{"name": name, "members": members} for name, members in groups.items()]
    return made


def _id(name: str, taken: Mapping[str, str]) -> str:
    """An id for a department that has a name only: its initials, with a number where another has them."""
    plain = "".join(each for each in pinyin.initials(name) if each.isascii()) or "department"
    number, id = 1, plain
    while id in taken.values():
        number, id = number + 1, f"{plain}{number + 1}"
    return id
