"""Company acme with rights on customer records, a vault and a folder for files."""

import pytest
from sqlalchemy import update

from engine.people import actors, organisation
from engine.records import records
from engine.storage import models
from engine.storage.vault import Vault

SETTINGS = {"records": {"readers": ["客服专员"], "keepers": ["部门负责人"], "saved_by": ["sample"]}}
CLEARANCES = {"clerk": "秘密", "clerk2": "内部", "head": "绝密"}


@pytest.fixture
def rights(database, cast, tmp_path):
    """The database with secret and data folder; clerks read (one only up to 内部), the head keeps."""
    before = dict(database.surroundings)
    database.surroundings.update(vault=Vault("a secret of the tests"), data=tmp_path)
    with database.transaction() as session:
        policy = {"destruction": True}
        session.execute(update(models.Company).where(models.Company.id == "acme").values(settings=SETTINGS, policy=policy))
        for username, clearance in CLEARANCES.items():
            session.execute(update(models.Person).where(models.Person.username == username).values(clearance=clearance))
        organisation.changed(session, "acme")
        organisation.changed(session, "elsewhere")
    yield database
    database.surroundings.clear()
    database.surroundings.update(before)


@pytest.fixture
def people(rights):
    """Actors of acme by username, with their clearance of now."""
    with rights.reading() as session:
        names = ("clerk", "clerk2", "head", "manager", "owner", "outsider")
        found = {name: actors.load(session, "acme", name) for name in names}
        return found | {"stranger": actors.load(session, "elsewhere", "stranger")}


@pytest.fixture
def record(rights, people, now) -> int:
    """The key of a record of level 秘密 with one version."""
    with rights.transaction("acme") as session:
        return records.create(
            session,
            people["head"],
            records.NewRecord("青禾置业", "秘密", {"owner": "方正平", "assets": 180000000}, reason="建档"),
            now=now,
        ).key
