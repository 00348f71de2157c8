"""A company comes from its file: the same file twice changes nothing, a wrong one is refused by name."""

import pytest
from sqlalchemy import delete, select, update

from engine import errors
from engine.deploying.company_files import companies
from engine.people import actors, organisation
from engine.storage import models

GOOD = """
id = "advert"
name = "广告公司"
administrators = ["mo_fan"]
[settings]
firstContactHours = 2
[settings.records]
readers = ["客服专员"]
[policy]
destruction = true
[[department]]
id = "office"
name = "总经办"
head = "mo_fan"
[[department]]
id = "service"
name = "客服部"
parent = "office"
[[group]]
name = "客服专员"
members = ["li_na"]
[[person]]
username = "mo_fan"
name = "莫凡"
department = "office"
clearance = "绝密"
[[person]]
username = "li_na"
name = "李娜"
department = "service"
email = "li_na@banjie.example"
"""


def written(tmp_path, text: str = GOOD):
    path = tmp_path / "company.toml"
    path.write_text(text, encoding="utf-8")
    return path


def applied_to(database, tmp_path, text: str, **options) -> companies.Applied:
    with database.transaction() as session:
        return companies.apply(session, companies.load(written(tmp_path, text)), **options)


@pytest.fixture
def applied(database, tmp_path, now):
    def apply(text: str = GOOD, **options) -> bool:
        return applied_to(database, tmp_path, text, now=now, **options).changed

    return apply


def snapshot(database) -> organisation.Organisation:
    with database.reading("advert") as session:
        return organisation.current(session, "advert")


def test_a_company_is_stored_with_departments_groups_and_people(database, applied) -> None:
    assert applied()
    company = snapshot(database)
    assert company.name == "广告公司" and company.policy == {"destruction": True} and company.settings["firstContactHours"] == 2
    assert company.members_of("客服专员") == ("li_na",) and set(company.groups) == {"客服专员"}
    assert company.head_of("office") == "mo_fan" and company.manager_of("li_na") == "mo_fan"
    assert company.administrators == ("mo_fan",) and company.people["mo_fan"].clearance == "绝密"


def test_the_same_file_twice_changes_nothing(database, applied) -> None:
    applied()
    before = snapshot(database).organisation_version
    assert not applied()
    assert snapshot(database).organisation_version == before


def test_a_changed_file_changes_what_it_names_and_keeps_the_rest(database, applied) -> None:
    applied()
    with database.transaction() as session:
        session.add(models.Person(company_id="advert", username="added", name="后来的人", department="service"))
        session.execute(models.Person.__table__.update().where(models.Person.username == "li_na").values(language="en"))
    before = snapshot(database).organisation_version
    text = (
        GOOD.replace("李娜", "李娜娜").replace('members = ["li_na"]', 'members = ["mo_fan"]').replace('parent = "office"', "")
    )
    assert applied(text)
    company = snapshot(database)
    assert company.organisation_version > before
    assert company.name_of("li_na") == "李娜娜" and company.name_of("added") == "后来的人"
    assert company.people["li_na"].language == "en"
    assert company.members_of("客服专员") == ("mo_fan",) and company.departments["service"].parent is None


def test_passwords_are_set_only_when_given_and_only_where_there_is_none(database, applied) -> None:
    def hashes() -> dict[str, str | None]:
        with database.reading() as session:
            return dict(session.execute(select(models.Person.username, models.Person.password_hash)).all())

    applied()
    assert set(hashes().values()) == {None}
    applied(password_hash="first")
    applied(password_hash="second")
    assert set(hashes().values()) == {"first"}


def test_the_calendar_of_last_year_to_next_year_is_seeded(database, applied) -> None:
    applied()
    with database.reading() as session:
        years = session.execute(select(models.CalendarYear.year, models.CalendarYear.is_official)).all()
    assert sorted(map(tuple, years))[:2] == [(2025, True), (2026, True)] and len(years) == 3


def test_a_person_of_the_file_can_act(database, applied) -> None:
    applied()
    with database.reading("advert") as session:
        actor = actors.load(session, "advert", "mo_fan")
    assert actor is not None and actor.is_administrator and actor.groups == frozenset()


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (('id = "advert"', ""), "id"),
        (('head = "mo_fan"', 'head = "ghost"'), "ghost"),
        (('members = ["li_na"]', 'members = ["x"]'), "x"),
        (('parent = "office"', 'parent = "moon"'), "moon"),
        (('department = "service"', 'department = "moon"'), "moon"),
        (('clearance = "绝密"', 'clearance = "高"'), "高"),
        (('username = "li_na"', 'username = "李娜"'), "李娜"),
        (('username = "li_na"', 'username = "system"'), "system"),
        (('username = "li_na"', 'username = "mo_fan"'), "mo_fan"),
        (('name = "广告公司"', 'name = "广告公司"\nworking_hours = ["9-5"]'), "9-5"),
        (('name = "广告公司"', 'name = "广告公司"\ncalendar = "mars"'), "mars"),
        (('name = "广告公司"', 'name = "广告公司"\ntime_zone = "Mars/Base"'), "Mars"),
        (('name = "广告公司"', 'name = "广告公司"\ncolour = "red"'), "colour"),
        (("[settings]", "[settings"), "line"),
        (('[[group]]\nname = "客服专员"', "[[group]]"), "name"),
        (("[[person]]", "[person]"), ""),
    ],
)
def test_a_wrong_file_is_refused_naming_what_is_wrong(tmp_path, change, named: str) -> None:
    with pytest.raises(errors.Invalid) as refused:
        companies.load(written(tmp_path, GOOD.replace(*change)))
    assert "company.toml" in str(refused.value) and named in str(refused.value)


def test_a_missing_file_is_refused(tmp_path) -> None:
    with pytest.raises(errors.Invalid):
        companies.load(tmp_path / "company.toml")


def test_records_of_a_demo_are_read(tmp_path) -> None:
    path = tmp_path / "records.toml"
    path.write_text(
        '[[record]]\nref = "r1"\nname = "青禾"\nsecrecy = "秘密"\nlast_business_on = 2017-06-20\n[record.content]\nowner = "方"\n',
        encoding="utf-8",
    )
    found = companies.load_records(path)
    assert found[0].name == "青禾" and found[0].content == {"owner": "方"} and found[0].last_business_on.year == 2017
    for wrong in (
        '[[record]]\nname = "青禾"\nsecrecy = "高"\n[record.content]\n',
        '[[record]]\nname = "青禾"\n',
        "",
        "[[record]]\ncolour = 1\n",
    ):
        path.write_text(wrong, encoding="utf-8")
        with pytest.raises(errors.Invalid):
            companies.load_records(path)


def told(found: companies.Applied) -> list[str]:
    return [str(each) for each in found.differences]


LEFT = GOOD[: GOOD.index('[[person]]\nusername = "li_na"')].replace('members = ["li_na"]', "members = []")


@pytest.fixture
def again(database, tmp_path, now):
    """Applies a text as a deployment does, and gives all that it did."""

    def apply(text: str, **options) -> companies.Applied:
        return applied_to(database, tmp_path, text, now=now, **options)

    return apply


def changed_in_a_page(database, model, values: dict, **where) -> None:
    with database.transaction() as session:
        session.execute(update(model).filter_by(**where).values(**values))
        organisation.changed(session, "advert")


def test_what_the_database_has_otherwise_than_the_last_file_is_left_and_told(database, again) -> None:
    again(GOOD)
    changed_in_a_page(database, models.Person, {"email": "new@banjie.example"}, username="li_na")
    changed_in_a_page(database, models.Department, {"head": "li_na"}, id="office")
    changed_in_a_page(database, models.Company, {"settings": {"firstContactHours": 9}}, id="advert")
    for text in (GOOD, GOOD.replace("firstContactHours = 2", "firstContactHours = 3").replace("李娜", "李娜娜")):
        found = told(again(text))
        assert [line.split(":")[0] for line in found] == ["company advert", "department office", "person li_na"]
        company = snapshot(database)
        assert company.people["li_na"].email == "new@banjie.example" and company.head_of("office") == "li_na"
        assert company.settings == {"firstContactHours": 9}
    assert company.name_of("li_na") == "李娜娜"  # what nobody else changed arrives
    assert "taken" in told(again(GOOD, replace=True))[0]
    assert snapshot(database).settings["firstContactHours"] == 2 and told(again(GOOD)) == []


def test_a_group_that_a_page_changed_keeps_its_members_and_one_that_only_the_file_changed_gets_them(database, again) -> None:
    again(GOOD)
    more = GOOD.replace('members = ["li_na"]', 'members = ["li_na", "mo_fan"]')
    assert told(again(more)) == [] and snapshot(database).members_of("客服专员") == ("li_na", "mo_fan")
    with database.transaction() as session:
        session.execute(delete(models.Membership).where(models.Membership.username == "li_na"))
        organisation.changed(session, "advert")
    assert len(told(again(GOOD))) == 1 and snapshot(database).members_of("客服专员") == ("mo_fan",)
    again(GOOD, replace=True)
    assert snapshot(database).members_of("客服专员") == ("li_na",)


def test_whoever_the_file_no_longer_names_is_told_and_disabled_only_when_asked(database, again) -> None:
    again(GOOD)
    for _start in range(2):
        found = again(LEFT)
        assert [line.split(":")[0] for line in told(found) if "no longer" in line] == ["person li_na"]
        assert not snapshot(database).people["li_na"].is_disabled
    again(LEFT, replace=True)
    assert snapshot(database).people["li_na"].is_disabled
    assert told(again(LEFT)) == []
    again(GOOD)  # he comes back
    assert not snapshot(database).people["li_na"].is_disabled


def test_a_group_and_a_department_the_file_no_longer_names_are_told_and_emptied_only_when_asked(database, again) -> None:
    again(GOOD)
    text = GOOD.replace('[[group]]\nname = "客服专员"\nmembers = ["li_na"]\n', "").replace(
        'readers = ["客服专员"]', "readers = []"
    )
    text = text.replace('[[department]]\nid = "service"\nname = "客服部"\nparent = "office"\n', "").replace("service", "office")
    assert [line.split(":")[0] for line in told(again(text))] == ["group 客服专员", "department service"]
    assert snapshot(database).members_of("客服专员") == ("li_na",) and "service" in snapshot(database).departments
    again(text, replace=True)
    company = snapshot(database)
    assert company.members_of("客服专员") == () and "service" not in company.departments
    assert told(again(text)) == []


def test_a_database_of_before_counts_as_the_file_s_and_tells_who_is_no_longer_named(database, again) -> None:
    again(GOOD)
    with database.transaction() as session:
        session.execute(delete(models.FolderEntry))
    assert [line.split(":")[0] for line in told(again(LEFT.replace("莫凡", "莫大凡")))] == ["person li_na"]
    company = snapshot(database)
    assert company.name_of("mo_fan") == "莫大凡" and not company.people["li_na"].is_disabled


def test_people_that_pages_added_are_none_of_the_file_s_business(database, again) -> None:
    again(GOOD)
    with database.transaction() as session:
        session.add(models.Person(company_id="advert", username="added", name="后来的人"))
        session.add(models.Membership(company_id="advert", group_name="新组", username="added"))
    assert told(again(GOOD, replace=True)) == []
    assert snapshot(database).is_active("added") and snapshot(database).members_of("新组") == ("added",)


def test_disabled_is_obeyed_both_ways_and_old_sessions_stay_ended(database, again) -> None:
    again(GOOD)
    gone = GOOD + "disabled = true\n"
    again(gone)
    assert not snapshot(database).is_active("li_na")
    with database.reading("advert") as session:
        assert actors.load(session, "advert", "li_na") is None
    again(GOOD)
    with database.reading("advert") as session:
        actor = actors.load(session, "advert", "li_na")
    assert actor is not None and actor.session_epoch == 1


def test_what_somebody_who_left_still_holds_is_told(database, again) -> None:
    again(GOOD.replace('head = "mo_fan"', 'head = "li_na"'))
    gone = GOOD.replace('head = "mo_fan"', 'head = "li_na"') + "disabled = true\n"
    (holding,) = again(gone).holdings
    assert (holding.username, holding.tasks, holding.groups, holding.headships) == ("li_na", 0, ("客服专员",), ("总经办",))


def test_the_last_administrator_cannot_leave(database, again) -> None:
    again(GOOD)
    with pytest.raises(errors.Invalid):
        again(GOOD.replace('clearance = "绝密"', 'clearance = "绝密"\ndisabled = true'))
    assert snapshot(database).administrators == ("mo_fan",)


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (('email = "', 'emial = "'), "email"),
        (('head = "', 'haed = "'), "head"),
        (("members =", "member ="), "members"),
        (("destruction =", "destructoin ="), "destruction"),
        (("readers =", "reader ="), "readers"),
        (("[[person]]", "[[persons]]"), "person"),
        (('clearance = "绝密"', 'clearance = "绝密"\ndisabled = "yes"'), "disabled"),
    ],
)
def test_an_unknown_name_anywhere_is_refused_with_the_nearest_known_one(tmp_path, change, named: str) -> None:
    with pytest.raises(errors.Invalid) as refused:
        companies.load(written(tmp_path, GOOD.replace(*change)))
    assert named in str(refused.value).rpartition("?")[0].rpartition(" ")[2] or f"{named} is" in str(refused.value)
