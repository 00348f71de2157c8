"""Names and types of uploaded files: what a name may hold, and whether the content is what the name says."""

from __future__ import annotations

import unicodedata

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
    "txt": ("text/plain", ()),
    "csv": ("text/csv", ()),
    "md": ("text/plain", ()),
}
OTHER = "application/octet-stream"
# What a system runs, opens as a page of its own, mounts as a disk or follows elsewhere: taken from nobody, packed or not.
PROGRAMS = frozenset(
    [
        "exe",
        "dll",
        "com",
        "scr",
        "pif",
        "msi",
        "msp",
        "mst",
        "msix",
        "msixbundle",
        "appx",
        "bat",
        "cmd",
        "ps1",
        "psm1",
        "vb",
        "vbs",
        "vbe",
        "js",
        "jse",
        "ws",
        "wsc",
        "wsf",
        "wsh",
        "sct",
        "hta",
        "jar",
        "jnlp",
        "lnk",
        "url",
        "website",
        "webloc",
        "desktop",
        "scf",
        "inf",
        "sh",
        "command",
        "app",
        "apk",
        "ipa",
        "dmg",
        "pkg",
        "deb",
        "rpm",
        "reg",
        "cpl",
        "msc",
        "sys",
        "drv",
        "ocx",
        "gadget",
        "application",
        "appref-ms",
        "settingcontent-ms",
        "library-ms",
        "search-ms",
        "diagcab",
        "xll",
        "iqy",
        "slk",
        "swf",
        "hlp",
        "chm",
        "iso",
        "img",
        "vhd",
        "vhdx",
        "docm",
        "dotm",
        "xlsm",
        "xltm",
        "xlam",
        "pptm",
        "potm",
        "ppam",
        "ppsm",
        "sldm",
        "html",
        "htm",
        "xhtml",
        "xht",
        "shtml",
        "svg",
        "svgz",
        "mht",
        "mhtml",
    ]
)
# Archives that nobody here can look into, by their endings and by how they begin: taken from nobody, packed or not.
CLOSED = frozenset(
    [
        "rar",
        "r00",
        "7z",
        "001",
        "z01",
        "tar",
        "gz",
        "tgz",
        "bz2",
        "tbz2",
        "xz",
        "txz",
        "lz",
        "lzma",
        "zst",
        "z",
        "cab",
        "wim",
        "lzh",
        "lha",
        "arj",
        "ace",
    ]
)
_CLOSED_STARTS = (
    b"Rar!",
    b"7z\xbc\xaf",
    b"\x1f\x8b",
    b"\x1f\x9d",
    b"BZh",
    b"\xfd7zXZ",
    b"\x28\xb5\x2f\xfd",
    b"LZIP",
    b"MSCF",
    b"MSWIM",
)
# What a packed document must hold; without it the name says something else than the content.
INSIDE = {"docx": "word/", "xlsx": "xl/", "pptx": "ppt/", "ofd": "OFD.xml"}
MACROS = "vbaproject.bin"
_PROGRAM_STARTS = (b"MZ", b"\x7fELF", b"#!", b"\xca\xfe\xba\xbe", b"\xcf\xfa\xed\xfe")
# What a browser shows without running anything of it; a page or a drawing (HTML, SVG) is never among it.
SHOWN = {
    b"%PDF-": "application/pdf",
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"\xff\xd8\xff": "image/jpeg",
    b"GIF87a": "image/gif",
    b"GIF89a": "image/gif",
}


def is_known(name: str) -> bool:
    """Whether strangers may hand in a file of this name: the types that the table knows."""
    return name.rpartition(".")[2].lower() in TYPES


def is_closed(name: str, head: bytes) -> bool:
    """Whether a file is an archive that cannot be looked into, by its name's ending or by how it begins."""
    return name.rstrip(" .").rpartition(".")[2].lower() in CLOSED or head.startswith(_CLOSED_STARTS)


def is_program(name: str, head: bytes) -> bool:
    """Whether a file is one of `PROGRAMS` by its name's ending, holds macros, or begins as programs do."""
    ending = name.rstrip(" .").rpartition(".")[2].lower()
    if ending in PROGRAMS or name.lower().endswith(MACROS):
        return True
    return head.startswith(_PROGRAM_STARTS) and not head.startswith(b"#!AMR")


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
    if is_program(name, head):
        raise errors.Invalid("Programs and web pages cannot be handed in: %(name)s.", name=name)
    expected, starts = TYPES.get(ending, (OTHER, None))
    if starts is None:
        return expected
    if (starts and not any(_begins(head, start) for start in starts)) or (
        not starts and b"\0" in head and not head.startswith((b"\xff\xfe", b"\xfe\xff"))
    ):
        raise errors.Invalid("The content of %(name)s is not what its name says.", name=name)
    return expected


def shown_as(head: bytes) -> str:
    """As what a browser may show a file by how its content begins, whatever its name says; "" for what is only downloaded."""
    return next((kind for start, kind in SHOWN.items() if _begins(head, start)), "")


def _begins(head: bytes, start: bytes) -> bool:
    return len(head) >= len(start) and all(want in (b"?"[0], have) for want, have in zip(start, head, strict=False))
