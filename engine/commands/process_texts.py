"""`banjie texts`: what a package says to people, and which of it nobody has translated."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Iterator, Mapping

from engine import decisions, environment, errors, runtime
from engine.basics import json_texts, toml_texts
from engine.basics.nearest import nearest
from engine.commands import deploying
from engine.commands.deploying import Source
from engine.definitions import terms
from engine.definitions.languages import extraction, files
from engine.definitions.languages.extraction import Text
from engine.deploying import folders
from engine.deploying.checking import checks
from engine.deploying.checking.checks import Resource
from engine.reporting import shipped

NO_PROCESS = "%(company)s has no process “%(process)s”; it has %(known)s."


def texts(arguments: argparse.Namespace, settings: environment.Settings) -> int:
    """Prints the texts of a process's package, or of a company's own folder, as lines of its file of texts."""
    source = deploying.source_of(arguments.company)
    home = source.workflows / source.company
    own, shared = (files.of_folder(home / each).get(arguments.language, {}) for each in (arguments.process or ".", "."))
    texts_wanted = list(_of_process(source, arguments.process) if arguments.process else _of_company(source))
    if arguments.missing:
        texts_wanted = extraction.missing(texts_wanted, shared | own, arguments.language)
    for line in _lines(texts_wanted, {} if arguments.missing else shared | own):
        print(line)
    return 0


def _of_process(source: Source, process_id: str) -> Iterable[Text]:
    """The texts of one process: its settings, its diagram, the forms that these name and the decisions it asks for."""
    resources = folders.read(source.bpmn, source.workflows, source.company)
    drawn = [each for each in resources if each.kind == "bpmn"]
    known = sorted({id for each in drawn for id in folders.process_ids(each.content)})
    resource = next((each for each in drawn if process_id in folders.process_ids(each.content)), None)
    if resource is None:
        told = nearest(process_id, known) or ", ".join(known)
        raise errors.Invalid(NO_PROCESS, company=source.company, process=process_id, known=told)
    program = next(each for each in runtime.parse(resource.content) if each.process_id == process_id)
    settings = resource.settings_of(process_id) or {}
    named = [each.form_id for each in program.elements.values() if each.form_id] + sorted(terms.form_ids(settings))
    schemas = _schemas(resources)
    bound = [schemas[each] for each in dict.fromkeys(named) if each in schemas]
    tables = (
        decisions.parse(each.content, imports=checks.imports(each, resources)) for each in resources if each.kind == "dmn"
    )
    return extraction.texts_of([program], [settings], bound, extraction.of_models(tables))


def _schemas(resources: Iterable[Resource]) -> dict[str, Mapping[str, object]]:
    read = (json_texts.read(each.content) for each in resources if each.kind == "form")
    return {str(each["id"]): each for each in read}


def _of_company(source: Source) -> Iterator[Text]:
    """What a company's own folder says: the names of its groups, departments and reports, what its own values are."""
    definition = source.definition
    units = {unit["name"]: extraction.TextPlace("department", unit["id"]) for unit in definition.departments}
    named = units | {name: extraction.TextPlace("group", "") for name in definition.groups}
    yield from (Text(name, (place,)) for name, place in named.items())
    yield from (Text(text, (extraction.TextPlace("setting", name),)) for name, text in definition.about.items())
    for report in shipped.read(source.workflows / source.company / shipped.FILE) or ():
        yield Text(report.name, (extraction.TextPlace("report", report.id),))


def _lines(lines: Iterable[Text], said: Mapping[str, str]) -> Iterator[str]:
    """TOML: above each text where it stands first, and how often it stands elsewhere."""
    for each in lines:
        first, more = each.places[0], len(each.places) - 1
        yield f"# {first.kind} {first.at}".rstrip() + (f", {more} more" if more else "")
        yield toml_texts.dumps({each.text: said.get(each.text, "")}).strip()
