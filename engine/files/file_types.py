"""Names and types of uploaded files: what a name may hold, and whether the content is what the name says."""

from __future__ import annotations

import unicodedata
import zipfile
from typing import IO

from engine import errors

MAX_NAME = 150
_ZIP, _OLE = (b"PK\x03\x04", b"PK\x05\x06"), (b"\xd0\xcf\x11\xe0",)
_FILM = (b"????ftyp",)
# ending: media type, how such a file begins (? is any octet; nothing: text)
TYPES: dict[str, tuple[str, tuple[bytes, ...]]] = {
    "pdf": ("application/pdf", (b"%PDF-",)),
    "png": ("image/png", (b"\x89PNG",)),
    "jpg": ("image/jpeg", (b"\xff\xd8\xff",)),
    "jpeg": ("image/jpeg", (b"\xff\xd8\xff",)),
    "gif": ("image/gif", (b"GIF8",)),
    "webp": ("image/webp", (b"RIFF????WEBP",)),
    "bmp": ("image/bmp", (b"BM",)),
    "heic": ("image/heic", _FILM),
    "heif": ("image/heif", _FILM),
    "mp4": ("video/mp4", _FILM),
    "mov": ("video/quicktime", (*_FILM, b"????moov", b"????wide", b"????mdat")),
    "m4a": ("audio/mp4", _FILM),
    "mp3": ("audio/mpeg", (b"ID3", b"\xff\xfb", b"\xff\xf3", b"\xff\xf2")),
    "amr": ("audio/amr", (b"#!AMR",)),
    "wav": ("audio/wav", (b"RIFF????WAVE",)),
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
# What a packed document must hold; without it the name says something else than the content.
INSIDE = {"docx": "word/", "xlsx": "xl/", "pptx": "ppt/", "ofd": "OFD.xml"}
MACROS = "vbaproject.bin"
MAX_PACKED = 2000
_PROGRAM_STARTS = (b"MZ", b"\x7fELF", b"#!", b"\xca\xfe\xba\xbe", b"\xcf\xfa\xed\xfe")


def look_inside(name: str, stream: IO[bytes]) -> None:
    """Looks into a packed file from a stranger: documents hold what their name says and no macros, archives no programs.

    Raises Invalid. Nothing is unpacked; the stream is left at its beginning.
    """
    ending = name.rpartition(".")[2].lower()
    if ending != "zip" and ending not in INSIDE:
        return
    held = _packed(name, stream)
    if ending in INSIDE and not any(each.startswith(INSIDE[ending]) for each in held):
        raise errors.Invalid("The content of %(name)s is not what its name says.", name=name)
    if any(each.rpartition(".")[2].lower() in PROGRAMS or each.lower().endswith(MACROS) for each in held):
        raise errors.Invalid("%(name)s holds programs or macros, which cannot be handed in.", name=name)


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
    if ending in PROGRAMS or (head.startswith(_PROGRAM_STARTS) and not head.startswith(b"#!AMR")):
        raise errors.Invalid("Programs and web pages cannot be handed in: %(name)s.", name=name)
    found, starts = TYPES.get(ending, (OTHER, None))
    if starts is None:
        return found
    if (starts and not any(_begins(head, start) for start in starts)) or (
        not starts and b"\0" in head and not head.startswith((b"\xff\xfe", b"\xfe\xff"))
    ):
        raise errors.Invalid("The content of %(name)s is not what its name says.", name=name)
    return found


def _begins(head: bytes, start: bytes) -> bool:
    return len(head) >= len(start) and all(want in (b"?"[0], have) for want, have in zip(start, head, strict=False))


def _packed(name: str, stream: IO[bytes]) -> list[str]:
    """The names of what a ZIP holds. Raises Invalid for one that is damaged or holds too many."""
    try:
        stream.seek(0)
        if _counted(stream) > MAX_PACKED:
            raise errors.Invalid("%(name)s holds too many files.", name=name)
        stream.seek(0)
        with zipfile.ZipFile(stream) as archive:
            return archive.namelist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError) as error:
        raise errors.Invalid("The content of %(name)s is damaged.", name=name) from error
    finally:
        stream.seek(0)


def _counted(stream: IO[bytes]) -> int:
    """How many entries the end record of a ZIP tells of, before any of them is read (a hostile one tells of millions)."""
    size = stream.seek(0, 2)
    stream.seek(max(0, size - 65_557))
    tail = stream.read()
    at = tail.rfind(b"PK\x05\x06")
    return int.from_bytes(tail[at + 10 : at + 12], "little") if at >= 0 else 0
