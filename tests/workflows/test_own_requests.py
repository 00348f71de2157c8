"""Nobody approves an application of his own, nor on two levels, whatever groups he is in."""

import shutil
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from engine.scenarios import Stage, play
from tests.workflows.standing import ROOT

APPROVALS = {
    "equipment_application": ("approve_by_branch_head", "endorse_by_province", "approve_by_headquarters"),
    "line_lease_application": ("approve_by_technical_head", "approve_by_branch_head"),
}
GROUPS = ("分公司负责人", "分公司技术部负责人", "省级分公司业务部门", "总部设备管理部")


def company(folder: Path) -> Stage:
    """The telecom company, in which who applies and the heads that approve first are in all groups that approve."""
    for part in ("bpmn", "workflows"):
        shutil.copytree(ROOT / part / "telecom", folder / part / "telecom")
    file = folder / "workflows/telecom/company.toml"
    text = file.read_text(encoding="utf-8")
    for group in GROUPS:
        head = f'[[group]]\nname = "{group}"\nmembers = ['
        assert text.count(head) == 1
        members = text.partition(head)[2].partition("]")[0]
        others = [f'"{each}"' for each in ("zhao_gang", "chen_jianguo", "liu_wei") if each not in members]
        text = text.replace(head + members, head + ", ".join([members, *others]))
    file.write_text(text, encoding="utf-8")
    return Stage(folder / "bpmn", folder / "workflows", "telecom")


def tried_by_others(process_id: str, name: str) -> dict[str, Any]:
    """A scenario in which the applicant and whoever approved before try each approval first."""
    path = ROOT / f"workflows/telecom/{process_id}/scenarios/{name}.toml"
    scenario = tomllib.loads(path.read_text(encoding="utf-8"))

    def steps() -> Iterator[dict[str, Any]]:
        apart = ["zhao_gang"]
        for step in scenario["step"]:
            if step.get("task") in APPROVALS[process_id]:
                yield from (
                    {"task": step["task"], "by": each, "outcome": step["outcome"], "refused": "Forbidden"} for each in apart
                )
                apart.append(step["by"])
            yield step

    return {**scenario, "step": list(steps())}


def test_who_applied_or_approved_before_does_not_approve(tmp_path: Path) -> None:
    stage = company(tmp_path)
    try:
        play(stage, "equipment_application", tried_by_others("equipment_application", "allocated_from_headquarters"))
        play(stage, "line_lease_application", tried_by_others("line_lease_application", "refused_by_branch_head"))
    finally:
        stage.close()
