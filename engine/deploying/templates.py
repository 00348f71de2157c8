"""The processes that come with the product, as templates: what there is, what belongs to one, whom and what it names."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from engine import errors, feel
from engine.definitions import terms
from engine.definitions.languages import extraction, files
from engine.definitions.values import company_values
from engine.deploying import folders, renaming
from engine.deploying.checking import checks
from engine.deploying.checking.checks import Examined, Known, Resource
from engine.deploying.checking.data import references
from engine.deploying.company_files import companies
from engine.people.organisation import Organisation
from engine.runtime import Program

NO_TEMPLATE = "There is no template %(name)s."
TWO_SETS = "“%(name)s” is in more than one of the chosen sets. Please choose processes of one of them only."
RECORD_LISTS = ("saved_by", "read_by", "lowered_by")
DESTRUCTION = b'type="records.destroy"'
_NOBODY = Organisation("", "", "Asia/Shanghai", "cn", [], {}, {}, 0, {}, {}, {})
_KINDS = {text: kind for kind, texts in references.NAMES.items() for text in texts}


@dataclass(frozen=True)
class Sets:
    """Where the sets lie: the folders bpmn/ and workflows/ of the product."""

    bpmn: Path
    workflows: Path


@dataclass(frozen=True, order=True)
class Template:
    """One process of a set; `set` and `process_id` name it."""

    set: str
    order: int
    process_id: str
    title: str
    category: str = ""
    description: str = ""
    texts: Mapping[str, Mapping[str, str]] = field(default_factory=dict, compare=False)

    def said(self, text: str, language: str) -> str:
        """Title, category or description for who reads that language."""
        return self.texts.get(language, {}).get(text, text)

    @property
    def id(self) -> str:
        """As it is chosen: set/process."""
        return f"{self.set}/{self.process_id}"


@dataclass(frozen=True)
class OfferedSet:
    """A set with its templates; `name` is of the company that it was drawn for."""

    set: str
    name: str
    templates: tuple[Template, ...]


@dataclass
class Package:
    """What belongs to the chosen processes: their files, and what these name of a company.

    `groups` are names; `departments` ids with the names they have in their set; `settings` and `records` are the values
    of [settings] and [settings.records] that they need, `about` what the former are in words,
    `texts` what these are in other languages.
    """

    resources: list[Resource] = field(default_factory=list)
    processes: list[str] = field(default_factory=list)
    groups: list[str] = field(default_factory=list)
    departments: dict[str, str] = field(default_factory=dict)
    settings: dict[str, Any] = field(default_factory=dict)
    records: dict[str, Any] = field(default_factory=dict)
    about: dict[str, str] = field(default_factory=dict)
    texts: dict[str, dict[str, str]] = field(default_factory=dict)
    destroys: bool = False


@functools.cache
def offers(sets: Sets) -> tuple[OfferedSet, ...]:
    """All sets, in order."""
    return tuple(_offer(sets, path) for path in sorted(sets.workflows.glob(f"*/{companies.FILE}")))


def package(sets: Sets, chosen: Iterable[str]) -> Package:
    """The processes chosen by their ids (set/process) with all that they call, decide by and show.

    Raises NotFound for one that is not there, Conflict where two sets have something of the same name.
    """
    wanted: dict[str, list[str]] = {}
    for each in chosen:
        set, _, process_id = each.partition("/")
        if not any(offer.set == set and any(one.process_id == process_id for one in offer.templates) for offer in offers(sets)):
            raise errors.NotFound(NO_TEMPLATE, name=each)
        wanted.setdefault(set, []).append(process_id)
    made = Package()
    for set, process_ids in sorted(wanted.items()):
        _gather(made, _Set(sets, set), process_ids)
    made.groups = list(dict.fromkeys(made.groups))
    return made


def _offer(sets: Sets, path: Path) -> OfferedSet:
    definition = companies.load(path)
    sets_offered = []
    for settings in sorted(path.parent.glob("*/workflow.toml")):
        said = folders.toml(settings)
        id, order = settings.parent.name, int(said.get("order", 0))
        category, description = (str(said.get(name, "")) for name in ("category", "description"))
        own = files.merged(definition.settings.get(files.TEXTS) or {}, files.of_folder(settings.parent))
        sets_offered.append(Template(definition.id, order, id, str(said.get("title", id)), category, description, own))
    return OfferedSet(definition.id, definition.name, tuple(sorted(sets_offered)))


class _Set:
    """The files of one set, read once."""

    def __init__(self, sets: Sets, name: str) -> None:
        self.definition = companies.load(sets.workflows / name / companies.FILE)
        self.examined = _examined(sets, name)
        self.files = {resource.name: resource for resource in self.examined.resources}
        self.programs = {
            program.process_id: (file, program) for file, programs in self.examined.programs.items() for program in programs
        }

    def called_by(self, process_id: str) -> set[str]:
        """The process, those in its file, and all that they call."""
        callers, waiting = set[str](), [process_id]
        while waiting:
            each = waiting.pop()
            if each in callers or each not in self.programs:
                continue
            callers.add(each)
            file, program = self.programs[each]
            waiting += [one.process_id for one in self.examined.programs[file]]
            waiting += [element.called_process_id for element in program.elements.values() if element.called_process_id]
        return callers

    def resources_of(self, process_ids: Iterable[str]) -> list[Resource]:
        """The files of these processes: diagrams, the decisions they ask for with those beside, the forms they show."""
        programs = [self.programs[each] for each in sorted(process_ids)]
        names = {file for file, _program in programs}
        form_ids, decision_ids = set[str](), set[str]()
        for file, program in programs:
            form_ids |= terms.form_ids(self.files[file].settings_of(program.process_id) or {})
            form_ids |= {each.form_id for each in program.elements.values() if each.form_id}
            decision_ids |= {each.decision_id for each in program.elements.values() if each.decision_id}
        names |= {name for name, schema in self.examined.schemas.items() if schema["id"] in form_ids}
        names |= set(self._decision_files(decision_ids))
        return [self._with_texts(resource) for name, resource in self.files.items() if name in names]

    def _with_texts(self, resource: Resource) -> Resource:
        """A diagram whose processes bring along what their set says for all of its processes in other languages."""
        shared = self.definition.settings.get(files.TEXTS) or {}
        programs = self.examined.programs.get(resource.name, ()) if shared else ()
        settings = {each.process_id: self._texts_of(each, resource, shared) for each in programs}
        return replace(resource, by_process={**resource.by_process, **settings}) if settings else resource

    def _texts_of(self, program: Program, resource: Resource, shared: Mapping[str, Any]) -> dict[str, Any]:
        given = resource.settings_of(program.process_id) or {}
        decided = extraction.of_models(self.examined.models.values())
        texts = extraction.texts_of([program], [given], self._shown(program, given), decided)
        names = {each.text for each in texts if each.is_name}  # of groups, which whoever takes it over calls otherwise
        said = files.merged(extraction.shared_by(texts, shared), given.get(files.TEXTS) or {})
        kept = {language: {text: of[text] for text in of if text not in names} for language, of in said.items()}
        return files.joined(files.parted(given)[0], {language: of for language, of in kept.items() if of})

    def _shown(self, program: Program, given: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
        named = {each.form_id for each in program.elements.values() if each.form_id} | terms.form_ids(given)
        return (schema for schema in self.examined.schemas.values() if schema["id"] in named)

    def _decision_files(self, decision_ids: set[str]) -> Iterator[str]:
        is_any = any(feel.is_expression(each) for each in decision_ids)
        for name, model in self.examined.models.items():
            if is_any or decision_ids & model.decisions.keys():
                yield name
                yield from checks.imports(self.files[name], self.examined.resources)


@functools.lru_cache(maxsize=16)
def _examined(sets: Sets, name: str) -> Examined:
    return checks.examine(folders.read(sets.bpmn, sets.workflows, name))


def _gather(made: Package, of: _Set, process_ids: Iterable[str]) -> None:
    processes = {each for process_id in process_ids for each in of.called_by(process_id)}
    resources = of.resources_of(processes)
    for name in [*processes & set(made.processes), *_names(resources) & _names(made.resources)]:
        raise errors.Conflict(TWO_SETS, name=name)
    made.processes += sorted(processes)
    made.resources += resources
    _name_what_is_asked_for(made, of, resources)
    _take_settings(made, of, processes, resources)


def _names(resources: Iterable[Resource]) -> set[str]:
    return {resource.name.rpartition("/")[2] for resource in resources if resource.kind != "bpmn"}


def _name_what_is_asked_for(made: Package, of: _Set, resources: list[Resource]) -> None:
    """What a company without anything would be refused for, and what forms and decisions name beside it."""
    units = {each["id"]: each["name"] for each in of.definition.departments}
    ids = {each["name"]: each["id"] for each in of.definition.departments}
    missing = [(_KINDS.get(each.message), str(each.values.get("name", ""))) for each in _faults(of, resources)]
    made.groups += [name for kind, name in missing if kind in ("group", "lane", "people")]
    asked = [ids.get(name, name) for kind, name in missing if kind == "department"]
    wanted = {name for kind, name in missing if kind == "setting"}
    for resource in resources:
        for text in _texts(of, resource):
            made.groups += renaming.group_names(text)
            wanted |= set(company_values.asked(text, of.definition.settings))
            asked += [each for each in renaming.literals(text) if each in units]
    made.departments |= {id: units[id] for id in dict.fromkeys(asked) if id in units}
    settings = {name: value for name, value in of.definition.settings.items() if name in wanted}
    made.settings |= settings
    made.about |= {name: text for name, text in of.definition.about.items() if name in settings}
    said = of.definition.settings.get(files.TEXTS) or {}
    told = {language: {text: each[text] for text in made.about.values() if text in each} for language, each in said.items()}
    made.texts = files.merged(made.texts, told)
    made.groups += [text for text in company_values.strings(settings) if text in of.definition.groups]


def _faults(of: _Set, resources: list[Resource]) -> list[Any]:
    names, all = {resource.name for resource in resources}, of.examined
    part = Examined(
        resources,
        programs={name: each for name, each in all.programs.items() if name in names},
        models={name: each for name, each in all.models.items() if name in names},
        schemas={name: each for name, each in all.schemas.items() if name in names},
        uses={name: each for name, each in all.uses.items() if name in names},
    )
    return part.check(Known(company=_NOBODY))


def _texts(of: _Set, resource: Resource) -> list[str]:
    """All texts of a file in which something may be named, but those that the check looks through."""
    if resource.kind == "form":
        return company_values.strings(of.examined.schemas[resource.name])
    if resource.kind == "dmn":
        return renaming.cells(resource.content)
    return company_values.strings([dict(resource.settings or {}), *map(dict, resource.by_process.values())])


def _take_settings(made: Package, of: _Set, processes: set[str], resources: list[Resource]) -> None:
    policy: Mapping[str, Any] = of.definition.settings.get("records", {})
    lists = {name: [each for each in policy.get(name, []) if each in processes] for name in RECORD_LISTS}
    if any(lists.values()):
        made.records |= {**policy, **lists}
        made.groups += [*policy.get("readers", []), *policy.get("keepers", [])]
        form = policy.get("form")
        made.resources += [
            each
            for name, each in of.files.items()
            if each.kind == "form" and of.examined.schemas[name]["id"] == form and each not in made.resources
        ]
    made.destroys = made.destroys or any(DESTRUCTION in resource.content for resource in resources)
