"""What stands in the place of files, customers and numbers in sample cases.

A file is a page with a code that says so, or a grey picture. A customer gets another name in each case and a contract another
number: scenarios all tell of the same few, and would else give one customer a dozen files and open one contract again and again.
"""

from __future__ import annotations

import base64
import io
import re
from collections.abc import Iterator

import segno

SAYS = "样例附件"
NAMED = re.compile(r'"([\u4e00-\u9fff]{3,16}?(?:有限公司|集团|银行))')
NUMBERED = re.compile(r"(?<![\w-])([A-Z]{2}-\d{4}-)(\d{4})(?![\w-])")
STEP = 211  # prime: numbers of one scenario stay apart, and those of different ones too
BEGINNINGS = re.findall(
    "..",
    "松石云帆瑞川临江远山嘉木东篱明湖广陵天枢华岳宁泰锦程安澜启明和顺丰禾德润佳禾恒岳"
    "兴隆永昌金石银河南屏北辰西岭中元九州百川千帆万象春晖夏荷秋实冬青朝阳晨曦晚枫星河",
)
GREY = (
    "/9j/4AAQSkZJRgABAQAAAQABAAD/4gHYSUNDX1BST0ZJTEUAAQEAAAHIAAAAAAQwAABtbnRyUkdCIFhZWiAH4AABAAEAAAAAAABh"
    "Y3NwAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAQAA9tYAAQAAAADTLQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
    "AAAAAAAAAAAAAAAAAAAAAAAAAAlkZXNjAAAA8AAAACRyWFlaAAABFAAAABRnWFlaAAABKAAAABRiWFlaAAABPAAAABR3dHB0AAAB"
    "UAAAABRyVFJDAAABZAAAAChnVFJDAAABZAAAAChiVFJDAAABZAAAAChjcHJ0AAABjAAAADxtbHVjAAAAAAAAAAEAAAAMZW5VUwAA"
    "AAgAAAAcAHMAUgBHAEJYWVogAAAAAAAAb6IAADj1AAADkFhZWiAAAAAAAABimQAAt4UAABjaWFlaIAAAAAAAACSgAAAPhAAAts9Y"
    "WVogAAAAAAAA9tYAAQAAAADTLXBhcmEAAAAAAAQAAAACZmYAAPKnAAANWQAAE9AAAApbAAAAAAAAAABtbHVjAAAAAAAAAAEAAAAM"
    "ZW5VUwAAACAAAAAcAEcAbwBvAGcAbABlACAASQBuAGMALgAgADIAMAAxADb/2wBDAFA3PEY8MlBGQUZaVVBfeMiCeG5uePWvuZHI"
    "////////////////////////////////////////////////////2wBDAVVaWnhpeOuCguv/////////////////////////////"
    "////////////////////////////////////////////wAARCAAQABADASIAAhEBAxEB/8QAFQABAQAAAAAAAAAAAAAAAAAAAAP/"
    "xAAUEAEAAAAAAAAAAAAAAAAAAAAA/8QAFAEBAAAAAAAAAAAAAAAAAAAAAP/EABQRAQAAAAAAAAAAAAAAAAAAAAD/2gAMAwEAAhED"
    "EQA/ALAA/9k="
)


def content(name: str) -> tuple[str, bytes]:
    """A name that its content agrees with, and the content: a picture for a picture's name, a page for every other."""
    stem, _, ending = name.rpartition(".")
    if ending.lower() in ("jpg", "jpeg"):
        return name, base64.b64decode(GREY)
    page = io.BytesIO()
    segno.make(SAYS).save(page, kind="pdf", scale=8)
    return f"{stem or name}.pdf", page.getvalue()


def others(text: str, index: int, own: str, beginnings: Iterator[str]) -> str:
    """A scenario with customers and numbers of its own, the same all through; names that stand in `own` are not customers'."""
    for name in sorted(set(NAMED.findall(text)), key=len, reverse=True):
        if name not in own:
            text = text.replace(name, next(beginnings) + name[2:])
    return NUMBERED.sub(lambda number: f"{number[1]}{(int(number[2]) + STEP * (index + 1)) % 10000:04}", text)
