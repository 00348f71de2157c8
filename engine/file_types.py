"""Names and types of uploaded files: what a name may hold, and whether the content is what the name says."""

from __future__ import annotations

import unicodedata

from engine import errors

MAX_NAME = 150
_ZIP, _OLE = (b"PK\x03\x04", b"PK\x05\x06"), (b"\xd0\xcf\x11\xe0",)
# ending: media type, how such a file begins (nothing: text)
TYPES: dict[str, tuple[str, tuple[bytes, ...]]] = {
    "pdf": ("application/pdf", (b"%PDF-",)),
    "png": ("image/png", (b"\x89PNG",)),
    "jpg": ("image/jpeg", (b"\xff\xd8\xff",)),
    "jpeg": ("image/jpeg", (b"\xff\xd8\xff",)),
    "gif": ("image/gif", (b"GIF8",)),
    "webp": ("image/webp", (b"RIFF",)),
    "bmp": ("image/bmp", (b"BM",)),
    "docx": ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", _ZIP),
    "xlsx": ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", _ZIP),
    "pptx": ("application/vnd.openxmlformats-officedocument.presentationml.presentation", _ZIP),
    "ofd": ("application/ofd", _ZIP),
    "zip": ("application/zip", _ZIP),
    "doc": ("application/msword", _OLE),
    "xls": ("application/vnd.ms-excel", _OLE),
    "ppt": ("application/vnd.ms-powerpoint", _OLE),
    "rar": ("application/vnd.rar", (b"Rar!",)),
    "7z": ("application/x-7z-compressed", (b"7z\xbc\xaf",)),
    "txt": ("text/plain", ()),
    "csv": ("text/csv", ()),
    "md": ("text/plain", ()),
}
OTHER = "application/octet-stream"
PROGRAMS = frozenset(
    {
        "exe",
        "dll",
        "com",
        "scr",
        "pif",
        "msi",
        "bat",
        "cmd",
        "ps1",
        "vbs",
        "vbe",
        "js",
        "jse",
        "wsf",
        "hta",
        "jar",
        "lnk",
        "sh",
        "app",
        "reg",
        "cpl",
        "html",
        "htm",
        "svg",
        "xhtml",
        "mht",
    }
)
_PROGRAM_STARTS = (b"MZ", b"\x7fELF", b"#!", b"\xca\xfe\xba\xbe", b"\xcf\xfa\xed\xfe")


def clean_name(name: str) -> str:
    """The bare name: no folders, no control or direction characters, at most 150 characters with its ending.

    Raises Invalid for one of which nothing is left.
    """
    bare = unicodedata.normalize("NFC", name.replace("\\", "/").rpartition("/")[2])
    kept = "".join(each for each in bare if unicodedata.category(each) not in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"))
    kept = "".join("_" if each in '<>:"|?*' else each for each in kept).strip(" .")
    if not kept:
        raise errors.Invalid("The file needs a name.")
    if len(kept) > MAX_NAME:
        stem, _, ending = kept.rpartition(".")
        kept = f"{stem[: MAX_NAME - 11]}.{ending[:10]}" if stem else kept[:MAX_NAME]
    return kept


def media_type(name: str, head: bytes) -> str:
    """The type by the name's ending, checked against how the content begins.

    Raises Invalid for programs, for pages that could run in a browser, and for a content of another kind.
    """
    ending = name.rpartition(".")[2].lower()
    if ending in PROGRAMS or head.startswith(_PROGRAM_STARTS):
        raise errors.Invalid("Programs and web pages cannot be handed in: %(name)s.", name=name)
    found, starts = TYPES.get(ending, (OTHER, None))
    if starts is None:
        return found
    if (starts and not head.startswith(starts)) or (
        not starts and b"\0" in head and not head.startswith((b"\xff\xfe", b"\xfe\xff"))
    ):
        raise errors.Invalid("The content of %(name)s is not what its name says.", name=name)
    return found
