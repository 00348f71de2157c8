"""Departments to choose from above a list."""

from __future__ import annotations

from engine.people.organisation import Organisation


def choices(company: Organisation) -> list[tuple[str, str]]:
    """Ids and names, by name."""
    return sorted(((unit.id, company.said(unit.name)) for unit in company.departments.values()), key=lambda pair: pair[1])
