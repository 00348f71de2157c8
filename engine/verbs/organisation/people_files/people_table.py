"""A table of people as personnel offices export it: which column means what, and each line as texts by field."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from engine import errors
from engine.basics.nearest import nearest
from engine.files import sheets

# The first name of each is the one that an export writes.
COLUMNS: dict[str, tuple[str, ...]] = {
    "employee_number": ("工号", "员工编号", "员工工号", "人员编号", "工號", "員工編號", "employee number"),
    "name": ("姓名", "名字", "员工姓名", "name"),
    "username": ("用户名", "账号", "帐号", "登录名", "登录账号", "帳號", "用戶名", "username"),
    "department": ("部门", "所属部门", "部门名称", "所在部门", "部門", "所屬部門", "department"),
    "parent": ("上级部门", "上级部门名称", "上級部門", "parent department"),
    "is_head": ("部门负责人", "是否部门负责人", "是否负责人", "负责人", "部門負責人", "head"),
    "posts": ("岗位", "职位", "职务", "岗位名称", "主岗位", "崗位", "職位", "職務", "post"),
    "other_posts": ("兼岗", "兼任岗位", "其他岗位", "兼职岗位", "other posts"),
    "superior": ("直属上级", "直接上级", "上级", "汇报对象", "直接主管", "直屬上級", "superior"),
    "mobile": ("手机", "手机号", "手机号码", "移动电话", "联系电话", "手機", "手機號碼", "mobile"),
    "email": ("邮箱", "电子邮箱", "邮件", "电子邮件", "工作邮箱", "郵箱", "電子郵件", "e-mail", "email"),
    "clearance": ("密级", "涉密等级", "密級", "clearance"),
    "language": ("语言", "語言", "language"),
    "groups": ("办理组", "候选组", "组", "用户组", "工作组", "候選組", "groups"),
    "joins": ("入职日期", "入职时间", "入職日期", "joins on"),
    "leaves": ("离职日期", "离职时间", "離職日期", "leaves on"),
    "status": ("状态", "在职状态", "员工状态", "狀態", "在職狀態", "status"),
}
WRITTEN = tuple(name for name in COLUMNS if name not in ("parent", "joins", "leaves"))
YES, NO = ("是", "y", "yes", "1", "true", "√"), ("", "否", "n", "no", "0", "false")
LEFT, THERE = ("离职", "已离职", "離職", "停用", "left", "disabled"), ("", "在职", "在職", "试用", "正式", "启用", "active")
LANGUAGES = {
    "简体中文": "zh_Hans",
    "中文": "zh_Hans",
    "zh_hans": "zh_Hans",
    "english": "en",
    "英文": "en",
    "英语": "en",
    "en": "en",
}
MOST_PEOPLE = 10_000
TWICE = {
    "username": "The username %(name)s stands in line %(line)s already.",
    "employee number": "The employee number %(name)s stands in line %(line)s already.",
}
NO_GROUP_BUT = "There is no group “%(name)s”. Did you mean “%(similar)s”?"
ZEROS = (
    "%(name)s has the employee number %(number)s: spreadsheet programs drop zeros at the front. Write the same or a username."
)
_BY_NAME = {name.casefold(): column for column, names in COLUMNS.items() for name in names}


@dataclass
class ImportedLine:
    """One line: its number in the file, its texts by column, and what is wrong with it."""

    line: int
    texts: dict[str, str]
    faults: list[errors.Refusal] = field(default_factory=list)

    def text(self, column: str) -> str:
        """The text in a column; "" where the file has no such column."""
        return self.texts.get(column, "")

    def refuse(self, text: str, /, **values: object) -> None:
        """Notes what is wrong with the line."""
        self.faults.append(errors.Refusal(text, fields=None, **values))


@dataclass(frozen=True)
class PeopleTable:
    """The lines of a file, the columns that are taken, and the others, each with the nearest that is known."""

    entries: list[ImportedLine]
    columns: tuple[str, ...]
    ignored: tuple[tuple[str, str], ...]


def read(rows: Sequence[Sequence[str]]) -> PeopleTable:
    """The lines below the first that names columns. Raises Invalid for a table without names of people."""
    at = next((number for number, row in enumerate(rows[:20]) if _named(row) >= {"name"}), None)
    if at is None:
        raise errors.Invalid("The file has no column %(name)s.", name=COLUMNS["name"][0])
    head = [_BY_NAME.get(_bare(cell)) for cell in rows[at]]
    twice = next((name for name in head if name and head.count(name) > 1), None)
    if twice:
        raise errors.Invalid("Two columns mean the same: %(name)s.", name=COLUMNS[twice][0])
    entries = list(_entries(rows, at, head))
    if not entries:
        raise errors.Invalid("The file names nobody: below the names of the columns there is no line.")
    if len(entries) > MOST_PEOPLE:
        raise errors.Invalid("The file has more than %(limit)s people.", limit=MOST_PEOPLE)
    ignored = tuple(
        (cell, nearest(cell, _BY_NAME) or "") for cell, name in zip(rows[at], head, strict=True) if cell and not name
    )
    return PeopleTable(entries, tuple(name for name in head if name), ignored)


def _entries(rows: Sequence[Sequence[str]], at: int, head: Sequence[str | None]) -> Iterator[ImportedLine]:
    for number, row in enumerate(rows[at + 1 :], start=at + 2):
        if not any(row):
            continue
        entry = ImportedLine(number, {})
        for place, name in enumerate(head):
            text = row[place] if place < len(row) else ""
            if text == sheets.FORMULA and name:
                entry.refuse(
                    "The column %(name)s holds a formula; please save the file with its values.", name=COLUMNS[name][0]
                )
                text = ""
            if name:
                entry.texts[name] = text
        yield entry


def _named(row: Sequence[str]) -> set[str]:
    return {_BY_NAME[_bare(cell)] for cell in row if _bare(cell) in _BY_NAME}


def _bare(cell: str) -> str:
    return cell.strip("*＊ :：").casefold()


def words(text: str) -> list[str]:
    """The names in a cell that may hold several."""
    for sign in "，、;；\n":
        text = text.replace(sign, ",")
    return list(dict.fromkeys(word.strip() for word in text.split(",") if word.strip()))
