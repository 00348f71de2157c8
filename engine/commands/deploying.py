"""`banjie deploy`: companies, diagrams, decisions and forms from the folders bpmn/ and workflows/."""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import select

from engine import environment, errors
from engine.basics.nearest import nearest
from engine.commands import opening
from engine.deploying import deployment, folders, shared_texts
from engine.deploying.company_files import calendar_files, calendar_marks, companies, origin
from engine.people import actors, organisation
from engine.problems import Problem
from engine.reporting import shipped
from engine.scenarios import gate
from engine.storage import installation
from engine.storage.database import Database
from engine.storage.models import Company

NO_COMPANY = (
    "%(path)s is no company: it takes a folder that `banjie export` wrote, a company's folder in its bpmn/ or workflows/,"
    " or the id of a company beside the program (%(known)s)."
)
PART = "%(path)s is a part of the company %(company)s, which is taken only as a whole: %(folder)s"

SEVERAL = "%(path)s holds several companies (%(known)s); name the folder of one."


@dataclass(frozen=True)
class Source:
    """One company's folders: `bpmn`/`company` and `workflows`/`company`."""

    company: str
    bpmn: Path
    workflows: Path

    @property
    def root(self) -> Path:
        """What holds both folders."""
        return self.workflows.parent

    @property
    def said(self) -> str:
        """As it is named on the command line."""
        return self.company if self.bpmn == opening.BPMN else str(self.workflows / self.company)

    @property
    def mark(self) -> str:
        """What tells this folder from others of the same company."""
        return origin.digest(str((self.workflows / self.company).resolve()).encode())[:16]

    @property
    def definition(self) -> companies.CompanyDefinition:
        """Its company.toml."""
        return companies.load(self.workflows / self.company / companies.FILE)


def deploy(arguments: argparse.Namespace, settings: environment.Settings) -> int:
    """Deploys the named companies, or all that belong here; says what is new, what was refused and what pages changed.

    With `--replace` what pages changed is overwritten by the folder, after it was listed. Without a path, companies of the
    demo are left out where the database is none.
    """
    store = opening.opened(settings)
    chosen = [each for path in arguments.paths for each in sources_of(path)] or _belonging(store)
    return max((deploy_source(store, each, replace=arguments.replace) for each in chosen), default=0)


def deploy_company(database: Database, company: str, *, replace: bool = False) -> int:
    """Deploys one of the companies beside the program; 1 when anything of it was refused."""
    return deploy_source(database, own(company), replace=replace)


def own(company: str) -> Source:
    """The folders of a company beside the program."""
    return Source(company, opening.BPMN, opening.WORKFLOWS)


def deploy_source(database: Database, source: Source, *, replace: bool = False) -> int:
    """Deploys one company's folders; 1 when anything of it was refused."""
    now, company = opening.clock(), source.company
    definition = source.definition
    try:
        with database.transaction() as session:
            applied = companies.apply(session, definition, now=now, replace=replace, source=source.mark)
            years = origin.Folder(session, company, replace, source.mark)
            calendar_files.apply(
                session, years, organisation.current(session, company), calendar_files.read(source.workflows, company), now=now
            )
            marks = calendar_marks.read(source.workflows / company / calendar_files.FOLDER)
            calendar_marks.apply(session, years, organisation.current(session, company), marks, now=now)
            _tell_company(company, applied)
            _tell_differences(company, years.differences)
        by = actors.SYSTEM(company)
        reports = shipped.read(source.workflows / company / shipped.FILE)
        examined = deployment.examine(by, folders.read(source.bpmn, source.workflows, company))
        shared_texts.require_said(examined, definition.settings, definition.names.union(each.name for each in reports or ()))
        with database.reading(company) as session:
            asked = gate.asked(session, by, examined, is_folder=True, replace=replace)
        doubts = gate.prove(asked, now=now)
        with database.transaction(company) as session:
            folder = origin.Folder(session, company, replace, source.mark)
            deployed = deployment.deploy(session, by, examined, now=now, folder=folder)
            shipped.apply(session, company, reports, now=now)
            _tell(company, deployed, folder.differences, now)
            _tell_problems(doubts)
    except deployment.DeploymentRefused as refused:
        print(f"{company}: {refused}", file=sys.stderr)
        for problem in refused.problems:
            print(f"  {problem.resource} {problem.place}: {problem}", file=sys.stderr)
        return 1
    if not replace and (applied.differences or years.differences or folder.differences):
        print(f"{company}: what differs was left. Take the folder's instead with: banjie deploy --replace {source.said}")
    return 0


def _belonging(database: Database) -> list[Source]:
    """The companies beside the program, without those of the demo that a database in real use does not have."""
    sources = [own(company) for company in opening.companies()]
    if installation.is_demo(database):
        return sources
    with database.reading() as session:
        there = set(session.execute(select(Company.id)).scalars())
    left = [each for each in sources if each.definition.is_demo and each.company not in there]
    if left:
        print(f"Left out, as they are of the demo and this database is none: {', '.join(each.company for each in left)}.")
    return [each for each in sources if each not in left]


def _tell_company(company: str, applied: companies.Applied) -> None:
    """Said before it is committed, so that the list stands there whatever follows."""
    _tell_differences(company, applied.differences)
    for holding in applied.holdings:
        print(f"{company}: {holding}, who left or is disabled; hand it over")
    for name in applied.without_secret:
        print(f"{company}: the way to sign in {name} is offered once its secret is entered in the pages")


def _tell(company: str, deployed: deployment.Deployed, differences: list[origin.Difference], now: datetime) -> None:
    _tell_differences(company, differences)
    counted = (("processes", deployed.definitions), ("decisions", deployed.decisions), ("forms", deployed.forms))
    made = deployed.deployment.key if deployed.deployment.deployed_at == now else None  # else it is the one that was there
    fresh = [row for _kind, rows in counted for row in rows if row.deployment_key == made]
    print(f"{company}: {', '.join(f'{len(rows)} {kind}' for kind, rows in counted)} ({len(fresh)} new versions)")
    _tell_problems(deployed.problems)


def _tell_problems(problems: list[Problem]) -> None:
    for problem in problems:
        print(f"  {problem.severity}: {problem.resource} {problem.place}: {problem}")


def _tell_differences(company: str, differences: list[origin.Difference]) -> None:
    for difference in differences:
        print(f"{company}: {difference}")


def sources_of(path: str) -> list[Source]:
    """The companies that a path names: a folder with bpmn/ and workflows/ as `banjie export` writes it, a company's own
    folder in one of these, or the id of a company beside the program.

    Raises Invalid for anything else, and for a part of a company: never is another company taken that is called alike.
    """
    place = Path(path).resolve()
    if within := sorted(each.parent.name for each in (place / "workflows").glob(f"*/{companies.FILE}")):
        return [Source(company, place / "bpmn", place / "workflows") for company in within]
    if whole := _around(place, place):
        return [whole]
    if path in opening.companies():
        return [own(path)]
    if of := next((source for each in place.parents if (source := _around(each, place))), None):
        raise errors.Invalid(PART, path=path, company=of.company, folder=str(of.workflows / of.company))
    raise errors.Invalid(NO_COMPANY, path=path, known=nearest(path, opening.companies()) or ", ".join(opening.companies()))


def source_of(path: str) -> Source:
    """The one company that a path names. Raises Invalid for none and for several."""
    source, *others = sources_of(path)
    if others:
        raise errors.Invalid(SEVERAL, path=path, known=", ".join(each.company for each in (source, *others)))
    return source


def _around(folder: Path, place: Path) -> Source | None:
    """The company whose folder of diagrams or of settings this is, where `place`, which lies in it, is there."""
    root = folder.parent.parent
    is_one = folder.parent.name in ("bpmn", "workflows") and (root / "workflows" / folder.name / companies.FILE).is_file()
    return Source(folder.name, root / "bpmn", root / "workflows") if is_one and place.exists() else None
