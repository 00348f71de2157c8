"""A package as a ZIP: its files side by side, settings and scenarios of each process in a folder of its id, as `deploy` reads them."""

from __future__ import annotations

import codecs
import io
import re
import zipfile
from collections.abc import Collection, Mapping
from pathlib import PurePosixPath

from engine import errors
from engine.basics import toml_texts, zips
from engine.definitions.languages import files as languages
from engine.deploying import folders
from engine.designing import packages
from engine.designing.packages import Package

SETTINGS = "workflow.toml"
DRAWN = (".bpmn", ".dmn", ".form")
OTHERS = (".bpmn20.xml", ".bpmn.xml", ".bpmn2", ".bpmn")  # what other tools call a diagram, in capitals too
DATE = (1980, 1, 1, 0, 0, 0)  # the same bytes for the same package
_ENCODING = re.compile(rb"""(<\?xml[^>]{0,100}?encoding=["'])([A-Za-z][\w.-]{0,40})""", re.ASCII)
_DECLARED = re.compile(r"""\A(<\?xml[^>]{0,100}?encoding=["'])[A-Za-z][\w.-]{0,40}""", re.ASCII)
NO_PACKAGE = "This is no ZIP of a process."


def packed(package: Package) -> bytes:
    """The package as a ZIP, the same bytes for the same content."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in sorted(package.files.items()):
            archive.writestr(zipfile.ZipInfo(name, DATE), text, zipfile.ZIP_DEFLATED)
        for process_id, settings in sorted(package.settings.items()):
            own, said = languages.parted(settings)
            beside = {SETTINGS: toml_texts.dumps(own)} | {languages.name(each): languages.written(said[each]) for each in said}
            for name, text in beside.items():
                archive.writestr(zipfile.ZipInfo(f"{process_id}/{name}", DATE), text, zipfile.ZIP_DEFLATED)
    return content.getvalue()


def unpacked(content: bytes) -> Package:
    """The package in a ZIP, wherever in its folders the files lie. Raises Invalid, TooLarge.

    Only diagrams, forms, decisions, scenarios, workflow.toml and texts are read; nothing is written to a disk, so names lead nowhere.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = [each for each in archive.infolist() if not each.is_dir()]
            if len(members) > packages.MAX_FILES * 2 or sum(each.file_size for each in members) > packages.MAX_PACKAGE_BYTES:
                raise errors.TooLarge("The ZIP holds too much for one process.", fields=None)
            texts = {each.filename: _text(archive, each) for each in members if _is_read(each.filename)}
    except (*zips.BROKEN, LookupError) as error:
        raise errors.Invalid(NO_PACKAGE, fields=None) from error
    drawn = {
        _called(PurePosixPath(name).name): text for name, text in texts.items() if name.lower().endswith((*DRAWN, *OTHERS))
    }
    settings = [(PurePosixPath(name).parent.name, text) for name, text in texts.items() if _is_settings(name)]
    packages.require_sound(Package(drawn))
    ids = packages.process_ids(drawn[Package(drawn).diagram].encode())
    files = drawn | _scenarios(texts, ids)
    packages.require_sound(Package(files))
    read = {process_id: _settings(text) for process_id, text in settings}
    for process_id, said in _said(texts).items():
        read[process_id] = languages.joined(read.get(process_id, {}), said)
    if len(ids) == 1 and len(read) == 1:
        read = {next(iter(ids)): next(iter(read.values()))}
    return Package(files, {process_id: value for process_id, value in read.items() if process_id in ids})


def alone(name: str, content: bytes) -> Package:
    """A diagram that comes without anything else. Raises Invalid, TooLarge."""
    try:
        text = decoded(content)
    except (UnicodeDecodeError, LookupError) as error:
        raise errors.Invalid("“%(name)s” is no text.", fields=None, name=name[:140]) from error
    package = Package({_called(PurePosixPath(name.replace("\\", "/")).name, others=(*OTHERS, ".xml")): text})
    packages.require_sound(package)
    return package


def decoded(content: bytes) -> str:
    """The text of a file in UTF-8, in UTF-16 with its mark, or in the encoding its XML declaration names.

    The declaration then names UTF-8, in which drafts are kept. Raises UnicodeDecodeError, LookupError for an unknown one.
    """
    declared = _ENCODING.match(content)
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        encoding = "utf-16"
    else:
        encoding = declared[2].decode() if declared and not content.startswith(codecs.BOM_UTF8) else "utf-8-sig"
    return _DECLARED.sub(r"\1UTF-8", content.decode(encoding), count=1)


def _called(name: str, *, others: tuple[str, ...] = OTHERS) -> str:
    """A file's name as drafts have it."""
    end = next((each for each in others if name.lower().endswith(each)), "")
    return f"{name.removesuffix(name[-len(end) :])}.bpmn" if end else name


def _is_read(name: str) -> bool:
    return name.lower().endswith((*DRAWN, *OTHERS)) or _is_settings(name) or _is_scenario(name) or _is_texts(name)


def _is_texts(name: str) -> bool:
    return languages.FILE.fullmatch(PurePosixPath(name).name) is not None


def _said(texts: Mapping[str, str]) -> dict[str, dict[str, dict[str, str]]]:
    """The texts in other languages by the folder of their process and by language."""
    said: dict[str, dict[str, dict[str, str]]] = {}
    for path in (PurePosixPath(name) for name in texts if _is_texts(name)):
        if language := languages.language_of(path.name):
            said.setdefault(path.parent.name, {})[language] = languages.read(texts[str(path)], path.name)
    return said


def _is_settings(name: str) -> bool:
    return PurePosixPath(name).name == SETTINGS


def _is_scenario(name: str) -> bool:
    return name.endswith(".toml") and PurePosixPath(name).parent.name == folders.SCENARIOS


def _scenarios(texts: Mapping[str, str], ids: Collection[str]) -> dict[str, str]:
    """The scenarios of the processes, each in the folder of its process; where there is one process, they are its."""
    scenarios = {}
    for name, text in texts.items():
        path = PurePosixPath(name)
        process_id = next(iter(ids)) if len(ids) == 1 else path.parent.parent.name
        if _is_scenario(name) and process_id in ids:
            scenarios[packages.scenario_file(process_id, path.stem)] = text
    return scenarios


def _text(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> str:
    with archive.open(member) as stream:
        return decoded(stream.read(packages.MAX_PACKAGE_BYTES))


def _settings(text: str) -> dict[str, object]:
    try:
        return toml_texts.read(text)
    except ValueError as error:
        raise errors.Invalid("workflow.toml cannot be read: %(detail)s", fields=None, detail=str(error)) from error
