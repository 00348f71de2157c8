"""`banjie init`: a new installation for real use, its first company and administrator, and the processes to begin with."""

from __future__ import annotations

import argparse
import getpass
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from engine import environment, errors
from engine.commands import opening
from engine.commands.upkeep import database_commands, password_commands
from engine.deploying import deployment, taking, templates
from engine.deploying.company_files import founding
from engine.deploying.company_files.founding import Founding
from engine.people import actors, organisation
from engine.storage import installation
from engine.storage.database import Database
from engine.verbs.organisation.people_files import people_table

OPTIONS = {
    "company": "the id of the company, which stands in addresses and stays for ever",
    "name": "what the company is called",
    "time-zone": "in which its days begin (default: Asia/Shanghai)",
    "calendar": "whose holidays and make-up days count (default: cn)",
    "working-hours": f"the hours of a working day (default: {founding.DEFAULT_HOURS})",
    "administrator": "the username of its first administrator",
    "administrator-name": "the administrator's name",
    "email": "the administrator's mail address, if any",
    "password-file": "a file with the administrator's password; without one a code to set it is printed",
    "people": "a CSV file of people: username, name, department, email, groups",
}
PROCESS = "a process to begin with, of the sets that come with the product; may be given more than once"
MAP = "which of your groups one of the process's groups is; without it the group keeps its name. May be given more than once"
LEAST = ("company", "name", "administrator", "administrator_name")


def init(arguments: argparse.Namespace, settings: environment.Settings) -> int:
    """Makes data folder, database and secret, then the company of the options, or of what is answered in a terminal.

    Without options and without a terminal only the installation is made; the set-up page does the rest. Raises Conflict
    for a database that is the demo, or a company that is there, Invalid for answers that are wrong.
    """
    answers = _answers(arguments)
    mapped = dict(_mapping(each) for each in arguments.map)
    package: templates.Package | None = templates.package(_sets(), arguments.process)
    if answers is not None:
        _refuse(founding.faults(answers))
    database_commands.bring_up(settings, creates=True)
    store = opening.opened(settings)
    _mark(store)
    if answers is None and sys.stdin.isatty():
        answers, package = _asked(), None
    if answers is None:
        print("There is no company yet. `banjie serve` prints a code for the page on which it is set up.")
        return 0
    _found(store, answers)
    _take(store, answers, package or templates.package(_sets(), _asked_processes()), mapped)
    if not answers.password:
        password_commands.tell_code(store, answers.id, answers.administrator)
    store.close()
    print("Start the server with `banjie serve` and, beside it, the background worker with `banjie worker`.")
    return 0


def _sets() -> templates.Sets:
    return templates.Sets(opening.BPMN, opening.WORKFLOWS)


def _mark(store: Database) -> None:
    """Notes that this is for real use. Raises Conflict for the demo."""
    if installation.is_demo(store):
        raise errors.Conflict(
            "The database %(database)s is the demo, whose password everybody knows. A company needs a database and a data folder"
            " of its own: please set BANJIE_DATA and BANJIE_DATABASE_URL.",
            database=opening.told(store),
        )
    with store.transaction() as session:
        installation.keep(session, installation.DEMO, installation.NO)


def _answers(given: argparse.Namespace) -> Founding | None:
    """What the options say; None where they say nothing of a company."""
    said = {name.replace("-", "_"): getattr(given, name.replace("-", "_")) for name in OPTIONS}
    if not any(said.values()) and not given.process:
        return None
    missing = [f"--{name.replace('_', '-')}" for name in LEAST if not said[name]]
    if missing:
        raise errors.Invalid("These options are missing: %(names)s.", names=", ".join(missing))
    return Founding(
        said["company"],
        said["name"],
        said["administrator"],
        said["administrator_name"],
        _content(said["password_file"]).decode().strip(),
        said["time_zone"] or "Asia/Shanghai",
        said["calendar"] or "cn",
        said["working_hours"] or founding.DEFAULT_HOURS,
        founding.people_rows(_content(said["people"])),
        said["email"] or "",
    )


def _mapping(text: str) -> tuple[str, str]:
    theirs, equals, ours = text.partition("=")
    if not equals or not theirs or not ours:
        raise errors.Invalid("--map needs THEIRS=OURS, not %(text)s.", text=text)
    return theirs, ours


def _content(path: str | None) -> bytes:
    try:
        return Path(path).read_bytes() if path else b""
    except OSError as error:
        raise errors.Invalid("%(file)s: %(what)s", file=path, what=error.strerror) from error


def _found(store: Database, answers: Founding) -> None:
    try:
        with store.transaction() as session:
            founding.found(session, answers, now=opening.clock())
    except errors.Invalid as refusal:
        _refuse(refusal.fields)
        raise
    print(f"{answers.name} [{answers.id}] is set up, with {_number(answers)} people of the file.")


def _number(answers: Founding) -> int:
    return len(people_table.read(answers.people).entries) if answers.people else 0


def _refuse(wrong: dict[str, list[errors.Refusal]]) -> None:
    """Raises Invalid with all that is wrong, by the answer's name."""
    if wrong:
        raise errors.Invalid(
            "%(what)s", what="\n  ".join(f"{name}: {refusal}" for name, each in wrong.items() for refusal in each)
        )


def _take(store: Database, answers: Founding, package: templates.Package, mapped: dict[str, str]) -> None:
    """Deploys the chosen processes; whoever is in no group yet is the administrator, until the page settles it."""
    if not package.processes:
        return
    with store.transaction(answers.id) as session:
        by = actors.load(session, answers.id, answers.administrator)
        if by is None:
            raise errors.NotFound("There is no person %(username)s.", username=answers.administrator)
        company = organisation.current(session, answers.id)
        groups = {name: mapped.get(name, name) for name in package.groups}
        units = {id: taking.own_department(company, id, name) for id, name in package.departments.items()}
        own = taking.Own(
            groups,
            departments={id: mine for id, mine in units.items() if mine},
            heads=dict.fromkeys(units, by.username),
            stand_ins=dict.fromkeys(groups, by.username),
        )
        alone = taking.lonely(company, own)
        try:
            deployed = taking.take(session, by, package, own, now=opening.clock())
        except deployment.DeploymentRefused as refused:
            raise errors.Invalid("%(what)s", what=str(refused)) from refused
    print(f"Deployed: {'、'.join(each.name for each in deployed.definitions)}.")
    if alone:
        print(f"{by.name} alone is in: {'、'.join(sorted(alone))}. Please put people there.")


@dataclass(frozen=True)
class _Question:
    text: str
    default: str = ""


_QUESTIONS = (
    _Question("What is the company called?"),
    _Question("Its id (small letters, digits, -), which stands in addresses and stays for ever"),
    _Question("Your name"),
    _Question("Your username"),
    _Question("Your mail address; empty for none"),
    _Question("Time zone", "Asia/Shanghai"),
    _Question("Whose holidays and make-up days count", "cn"),
    _Question("Hours of a working day", founding.DEFAULT_HOURS),
    _Question("A CSV or XLSX file of people (name, username, department, e-mail, groups); empty for none"),
)


def _asked() -> Founding:
    """What is answered in the terminal; asked again as long as something is wrong."""
    while True:
        name, id, person, username, email, zone, calendar, hours, file = map(_ask, _QUESTIONS)
        try:
            people = founding.people_rows(_content(file))
            new = Founding(id, name, username, person, _password(), zone, calendar, hours, people, email)
            _refuse(founding.faults(new))
            return new
        except errors.Invalid as refusal:
            print(f"\n  {refusal}\n", file=sys.stderr)


def _ask(question: _Question, read: Callable[[str], str] = input) -> str:
    return read(f"{question.text}{f' [{question.default}]' if question.default else ''}: ").strip() or question.default


def _password() -> str:
    while True:
        first, second = (getpass.getpass(text) for text in ("Your password: ", "The same once more: "))
        if first and first == second:
            return first
        print("The two are not the same.", file=sys.stderr)


def _asked_processes() -> Iterable[str]:
    """The processes that are chosen by their numbers."""
    if not sys.stdin.isatty():
        return []
    listed = [each for offer in templates.offers(_sets()) for each in offer.templates]
    print("\nProcesses to begin with (more can be taken in the page Processes):")
    for number, each in enumerate(listed, start=1):
        print(f"  {number:2} {each.title}  [{each.id}]")
    while True:
        chosen = _ask(_Question("Numbers with blanks between, or empty")).split()
        if all(each.isdigit() and 0 < int(each) <= len(listed) for each in chosen):
            return [listed[int(each) - 1].id for each in chosen]
