"""Reports of a company's folder: taken in once, kept as the file says, refused by name when they ask for what is not there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from engine import errors
from engine.reporting import reports, shipped
from engine.storage import database as databases
from tests.cast import Cast
from tests.engine import kit

FILE = """
[[report]]
id = "monthly"
name = "月报"
processes = ["matter"]
period = "last_month"
group = ["field:类别"]
measures = ["count", "in_time"]
show = "bars"

[[report.where]]
field = "field:类别"
comparison = "not"
value = "作废"
"""


@pytest.fixture
def matter(database: databases.Database, cast: Cast) -> None:
    steps = (kit.start(form="request"), kit.end(), kit.chain("started", "done"))
    settings: dict[str, Any] = {"register": [{"label": "类别", "value": "=kind"}], "managers": ["主管领导"]}
    kit.deploy(database, cast.owner, kit.form("request", kit.text_field("kind")), kit.diagram("matter", *steps, **settings))


def apply(database: databases.Database, folder: Path, text: str) -> None:
    (folder / shipped.FILE).write_text(text, encoding="utf-8")
    found = shipped.read(folder / shipped.FILE)
    with database.transaction("acme") as session:
        shipped.apply(session, "acme", found, now=kit.NOW)


def names(database: databases.Database, cast: Cast, who: str = "manager") -> list[str]:
    with database.reading("acme") as session:
        return [each.name for each in reports.known(session, getattr(cast, who))]


def test_they_are_open_to_who_follows_the_process_and_changed_by_the_file_alone(
    database: databases.Database, cast: Cast, matter: None, tmp_path: Path
) -> None:
    apply(database, tmp_path, FILE)
    assert names(database, cast) == ["月报"] and names(database, cast, "clerk") == []
    with database.reading("acme") as session:
        key, written = reports.known(session, cast.manager)[0].key, shipped.text(session, "acme")
    with pytest.raises(errors.Forbidden), database.transaction("acme") as session:
        reports.remove(session, cast.owner, key)
    apply(database, tmp_path, written)
    with database.reading("acme") as session:
        assert reports.opened(session, cast.manager, key).revision == 1
    apply(database, tmp_path, "")
    assert names(database, cast) == []


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ("processes", "proceses", "reports.toml: monthly: unknown setting proceses (processes?)"),
        ('"matter"', '"mater"', "reports.toml: monthly: there is no process mater (matter?)"),
        ('"field:类别"]', '"field:类型"]', "reports.toml: monthly: There is no field “类型”. Is it “类别”?"),
        ('"bars"', '"bar"', "reports.toml: monthly: A report's “show” cannot be “bar” (bars?)."),
        ("[[report]]", "[[reports]]", "reports.toml: unknown setting reports (report?)"),
        ('"月报"', '""', "reports.toml: monthly: id and name"),
    ],
)
def test_what_a_file_may_not_say_is_refused(
    database: databases.Database, cast: Cast, matter: None, tmp_path: Path, before: str, after: str, told: str
) -> None:
    with pytest.raises(errors.Invalid) as refused:
        apply(database, tmp_path, FILE.replace(before, after, 1))
    assert str(refused.value) == told
    assert names(database, cast) == []
