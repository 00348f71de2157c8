"""`banjie deploy`: companies, diagrams, decisions and forms from the folders bpmn/ and workflows/."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from engine import environment, errors
from engine.commands import opening
from engine.deploying import companies, deployment, folders
from engine.people import actors
from engine.storage.database import Database


def deploy(arguments: argparse.Namespace, settings: environment.Settings) -> int:
    """Deploys the named companies, or all; says what is new and what was refused."""
    chosen = [company_of(path) for path in arguments.paths] or opening.companies()
    found = opening.opened(settings)
    return max((deploy_company(found, company) for company in chosen), default=0)


def deploy_company(database: Database, company: str) -> int:
    """Deploys one company's folders in one transaction; 1 when anything of it was refused."""
    now = opening.clock()
    try:
        with database.transaction() as session:
            companies.apply(session, companies.load(opening.WORKFLOWS / company / "company.toml"), now=now)
        by = actors.SYSTEM(company)
        examined = deployment.examine(by, folders.read(opening.BPMN, opening.WORKFLOWS, company))
        with database.transaction(company) as session:
            deployed = deployment.deploy(session, by, examined, now=now)
            fresh = deployed.definitions if deployed.deployment.deployed_at == now else []
            print(
                f"{company}: {len(deployed.definitions)} processes, {len(deployed.decisions)} decisions, {len(deployed.forms)} forms"
                f" ({len(fresh)} new versions)"
            )
            for problem in deployed.problems:
                print(f"  {problem.severity}: {problem.resource} {problem.element_id}: {problem}")
    except deployment.DeploymentRefused as refused:
        print(f"{company}: {refused}", file=sys.stderr)
        for problem in refused.problems:
            print(f"  {problem.resource} {problem.element_id}: {problem}", file=sys.stderr)
        return 1
    return 0


def company_of(path: str) -> str:
    """The company that a path under bpmn/ or workflows/ belongs to, or a company's id."""
    known = opening.companies()
    for part in (path, *Path(path).resolve().parts):
        if part in known:
            return part
    raise errors.Invalid("%(path)s belongs to none of the companies under workflows/.", path=path)
