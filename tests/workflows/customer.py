"""A customer of the event company: he complains on the public page and answers there."""

from __future__ import annotations

import tomllib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import select

from engine.intake import answers, filing
from engine.scenarios.play import Player
from engine.scenarios.stage import Stage
from engine.storage import models

ROOT = Path(__file__).parents[2]
STORY = ROOT / "workflows/event/complaint/scenarios/public_complaint_is_answered_online.toml"
TOO_LITTLE = "只退音响费用不够"


def filed_online(stage: Stage) -> tuple[Player, int]:
    stage.reset(datetime(2026, 3, 3, 2, tzinfo=UTC), {"complaint"})
    form = {"content": "签到台排队过长。", "complainant": "周先生", "contact": "13800002345", "event": "发布会"}
    with stage.database.transaction("event") as session:
        filed = filing.file(session, "event", "complaint", form, receipt="a" * 32, secret="b" * 32, now=stage.now)
    stage.work()
    player = Player(stage, "complaint")
    player.instance_key = filed.instance_key
    return player, filed.instance_key


def steps() -> dict[str, dict[str, Any]]:
    """What the company's own people do in the case, by step."""
    told = [each for each in tomllib.loads(STORY.read_text())["step"] if "task" in each]
    return {each["task"]: {**each, "expect": {}} for each in told if "refused" not in each}


def comes_to_an_answer(player: Player) -> None:
    for step in ("first_contact", "investigate", "propose_solution"):
        player.step("", steps()[step])


def refuses(stage: Stage, key: int) -> None:
    answered(stage, key, {"accepted": "no", "comment": TOO_LITTLE})


def refuses_once_and_accepts(stage: Stage, player: Player, key: int) -> None:
    """Up to the measures that are carried out."""
    comes_to_an_answer(player)
    refuses(stage, key)
    player.step("", steps()["propose_solution"])
    answered(stage, key, {"accepted": "yes", "comment": ""})
    for by in ("qin_fang", "wei_dong"):
        player.step("", {**steps()["carry_out"], "by": by})


def answered(stage: Stage, key: int, given: dict[str, Any]) -> None:
    with stage.database.transaction("event") as session:
        own = session.execute(select(models.Filing).where(models.Filing.instance_key == key)).scalar_one()
        _own, case, public = answers.opened(session, "event", own.key)
        (question,) = answers.questions(session, case, public, now=stage.now)
        answers.answer(session, "event", own.key, question.key, given, now=stage.now)
    stage.work()
