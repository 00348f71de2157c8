"""`banjie deploy`: companies, diagrams, decisions and forms from the folders bpmn/ and workflows/."""

from __future__ import annotations

import argparse
import sys
from datetime import datetime
from pathlib import Path

from engine import environment, errors
from engine.commands import opening
from engine.deploying import companies, deployment, folders, origin
from engine.people import actors
from engine.storage.database import Database


def deploy(arguments: argparse.Namespace, settings: environment.Settings) -> int:
    """Deploys the named companies, or all; says what is new, what was refused and what pages changed.

    With `--replace` what pages changed is overwritten by the folder, after it was listed.
    """
    chosen = [company_of(path) for path in arguments.paths] or opening.companies()
    found = opening.opened(settings)
    return max((deploy_company(found, company, replace=arguments.replace) for company in chosen), default=0)


def deploy_company(database: Database, company: str, *, replace: bool = False) -> int:
    """Deploys one company's folders; 1 when anything of it was refused."""
    now = opening.clock()
    definition = companies.load(opening.WORKFLOWS / company / "company.toml")
    try:
        with database.transaction() as session:
            applied = companies.apply(session, definition, now=now, replace=replace)
            _tell_company(company, applied)
        by = actors.SYSTEM(company)
        examined = deployment.examine(by, folders.read(opening.BPMN, opening.WORKFLOWS, company))
        with database.transaction(company) as session:
            folder = origin.Folder(session, company, replace)
            deployed = deployment.deploy(session, by, examined, now=now, folder=folder)
            _tell(company, deployed, folder.differences, now)
    except deployment.DeploymentRefused as refused:
        print(f"{company}: {refused}", file=sys.stderr)
        for problem in refused.problems:
            print(f"  {problem.resource} {problem.element_id}: {problem}", file=sys.stderr)
        return 1
    if not replace and (applied.differences or folder.differences):
        print(f"{company}: what differs was left. Take the folder's instead with: banjie deploy --replace {company}")
    return 0


def _tell_company(company: str, applied: companies.Applied) -> None:
    """Said before it is committed, so that the list stands there whatever follows."""
    _tell_differences(company, applied.differences)
    for holding in applied.holdings:
        print(f"{company}: {holding}, who left or is disabled; hand it over")


def _tell(company: str, deployed: deployment.Deployed, differences: list[origin.Difference], now: datetime) -> None:
    _tell_differences(company, differences)
    counted = (("processes", deployed.definitions), ("decisions", deployed.decisions), ("forms", deployed.forms))
    made = deployed.deployment.key if deployed.deployment.deployed_at == now else None  # else it is the one that was there
    fresh = [row for _kind, rows in counted for row in rows if row.deployment_key == made]
    print(f"{company}: {', '.join(f'{len(rows)} {kind}' for kind, rows in counted)} ({len(fresh)} new versions)")
    for problem in deployed.problems:
        print(f"  {problem.severity}: {problem.resource} {problem.element_id}: {problem}")


def _tell_differences(company: str, differences: list[origin.Difference]) -> None:
    for difference in differences:
        print(f"{company}: {difference}")


def company_of(path: str) -> str:
    """The company that a path under bpmn/ or workflows/ belongs to, or a company's id."""
    known = opening.companies()
    for part in (path, *Path(path).resolve().parts):
        if part in known:
            return part
    raise errors.Invalid("%(path)s belongs to none of the companies under workflows/.", path=path)
