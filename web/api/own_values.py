"""The company's own values, for administrators: read, and changed one at a time."""

from __future__ import annotations

from typing import Any

from engine.definitions.values import company_values
from engine.queries.organisation import value_page
from engine.queries.organisation.value_page import ValueLine
from engine.verbs.organisation import own_values
from engine.verbs.organisation.own_values import Wanted
from web.account import auth
from web.api.access.blueprint import blueprint
from web.api.extensions import PREFIX
from web.api.shapes.schemas import Body
from web.frame import storage

PATH = f"{PREFIX}/company-settings"


class CompanySettingChange(Body):
    """What a value is to be, and what it `was` when it was read; a yes or no while cases run only with `isSure`."""

    value: Any
    was: Any
    isSure: bool = False


@blueprint.get(PATH)
def list_company_settings() -> dict[str, Any]:
    """All values that processes leave to the company, with what each is and which processes read it."""
    with storage.reading() as session:
        lines = value_page.lines(session, auth.current_actor())
    return {"items": [_told(each) for each in lines]}


@blueprint.put(f"{PATH}/<name>")
@blueprint.input(CompanySettingChange, arg_name="body")
def update_company_setting(name: str, body: CompanySettingChange) -> tuple[str, int]:
    """Change a value, if it is still what it was: running cases follow it from their next step on."""
    with storage.transaction() as session:
        wanted = {name: Wanted(body.was, body.value)}
        own_values.save(session, auth.current_actor(), wanted, now=storage.now(), is_sure=body.isSure)
    return "", 204


def _told(line: ValueLine) -> dict[str, Any]:
    value = line.value
    return {
        "name": value.name,
        "kind": value.kind,
        "description": line.words,
        "value": value.value,
        "inFile": line.in_file,
        "processDefinitionIds": list(value.processes),
        "isChangeable": value.kind != company_values.TABLE,
    }
