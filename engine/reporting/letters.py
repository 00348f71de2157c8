"""A report as the text of a letter, in the reader's language; the worker has no page's words."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from engine.announcing.kinds import NoticeWords
from engine.cases.lines import wording
from engine.reporting.answering import AnswerLine, Figures, ReportAnswer
from engine.reporting.fields import AskedField
from engine.reporting.question import CASES

MOST_LINES = 40
MINUTE, HOUR, DAY = 60, 3600, 86400
WORDS = {
    "zh_Hans": NoticeWords(
        "统计报表：{title}", "{name}，您好：\n\n{title}\n{caption}\n\n{table}\n\n打开报表：{link}\n\n{company}"
    ),
    "en": NoticeWords(
        "Report: {title}", "Dear {name},\n\n{title}\n{caption}\n\n{table}\n\nOpen the report: {link}\n\n{company}"
    ),
}
SAID = {
    "zh_Hans": {
        "cases": "单据数",
        "steps": "环节数",
        "share": "占比",
        "in_time": "按时率",
        "duration.median": "通常用时（中位数）",
        "duration.average": "平均用时",
        "sum": "{label}合计",
        "average": "{label}平均",
        "all": "全部",
        "none": "未填写",
        "ever": "全部时间",
        "span": "{first} 至 {last}",
        "own": "只统计您有权查看的单据",
        "before": "（上一期 {value}）",
        "last_year": "（去年同期 {value}）",
        "more": "另有 {count} 行，请打开报表查看。",
        "faulty": "这张报表现在无法统计，请打开报表查看原因。",
        "large": "这张报表统计的单据很多，请打开报表，让后台统计。",
        "days": "{days} 天 {hours} 小时",
        "hours": "{hours} 小时 {minutes} 分",
        "minutes": "{minutes} 分钟",
        "nothing": "无",
        "empty": "这一期间没有单据",
        "active": "进行中",
        "open": "待办理",
        "completed": "已办结",
        "cancelled": "已撤销",
        "void": "已作废",
        "terminated": "已强制结束",
        "field.started": "发起时间",
        "field.ended": "结束时间",
        "field.process": "流程",
        "field.state": "状态",
        "field.department": "发起部门",
        "field.initiator": "发起人",
        "field.element": "环节",
        "field.handler": "办理人",
        "by.day": "{field}（按日）",
        "by.week": "{field}（按周）",
        "by.month": "{field}（按月）",
        "by.quarter": "{field}（按季度）",
        "by.year": "{field}（按年）",
        "in_hours": "{measure}（小时）",
        "than_before": "上一期",
        "than_last_year": "去年同期",
        "colon": "：",
        "comma": "，",
    },
    "en": {
        "cases": "Number of cases",
        "steps": "Number of steps",
        "share": "Share",
        "in_time": "In time",
        "duration.median": "Usual time taken",
        "duration.average": "Average time taken",
        "sum": "{label}, sum",
        "average": "{label}, average",
        "all": "All",
        "none": "not said",
        "ever": "All time",
        "span": "{first} to {last}",
        "own": "only cases that you may see are counted",
        "before": " (the period before: {value})",
        "last_year": " (the year before: {value})",
        "more": "and {count} more lines: please open the report.",
        "faulty": "This report cannot be worked out as it is. Please open it to see why.",
        "large": "This report reads much. Please open it to have it worked out in the background.",
        "days": "{days} d {hours} h",
        "hours": "{hours} h {minutes} min",
        "minutes": "{minutes} min",
        "nothing": "none",
        "empty": "Nothing to count in this period",
        "active": "running",
        "open": "open",
        "completed": "completed",
        "cancelled": "cancelled",
        "void": "void",
        "terminated": "ended by force",
        "field.started": "Started",
        "field.ended": "Ended",
        "field.process": "Process",
        "field.state": "State",
        "field.department": "Department of the initiator",
        "field.initiator": "Initiator",
        "field.element": "Step",
        "field.handler": "Done by",
        "by.day": "{field}, by day",
        "by.week": "{field}, by week",
        "by.month": "{field}, by month",
        "by.quarter": "{field}, by quarter",
        "by.year": "{field}, by year",
        "in_hours": "{measure} (hours)",
        "than_before": "the period before",
        "than_last_year": "the year before",
        "colon": ": ",
        "comma": ", ",
    },
}


def caption(answer: ReportAnswer, language: str) -> str:
    """From which day to which, and for whom."""
    said = SAID[language]
    days = said["span"].format(first=answer.span.first, last=answer.span.last) if answer.span else said["ever"]
    return f"{days} · {said['own']}"


def table(answer: ReportAnswer, language: str) -> str:
    """The figures line by line, the total last; a sentence where there is nothing to count."""
    said = SAID[language]
    if not answer.read and not answer.is_compared:
        return said["empty"]
    lines = [
        f"- {' · '.join(names(answer, line, said))}{said['colon']}{_figures(answer, line.figures, line.before, said)}"
        for line in answer.lines
    ]
    if len(lines) > MOST_LINES:
        lines = [*lines[:MOST_LINES], said["more"].format(count=len(lines) - MOST_LINES)]
    return "\n".join([*lines, f"{said['all']}{said['colon']}{_figures(answer, answer.total, answer.total_before, said)}"])


def names(answer: ReportAnswer, line: AnswerLine, said: dict[str, str]) -> list[str]:
    """What a line's groups are called; a word where one has no name."""
    pairs = zip(answer.question.group, line.names, strict=True)
    return [(said.get(name, name) if group_ == "state" else name) or said["none"] for group_, name in pairs]


def group(asked: AskedField, said: dict[str, str]) -> str:
    """A field with the unit of days that it is grouped by."""
    called = said.get(f"field.{asked.field.name}", asked.field.said)
    return said[f"by.{asked.unit}"].format(field=called) if asked.unit else called


def _figures(answer: ReportAnswer, now: Figures, before: Figures | None, said: dict[str, str]) -> str:
    return said["comma"].join(_each(answer, now, before, said))


def _each(answer: ReportAnswer, now: Figures, before: Figures | None, said: dict[str, str]) -> Iterator[str]:
    for place, name in enumerate(answer.question.measures):
        then = before[place] if before is not None else None
        beside = said[answer.question.compare].format(value=figure(name, then, said)) if answer.is_compared else ""
        yield f"{measure(name, answer, said)} {figure(name, now[place], said)}{beside}"


def measure(name: str, answer: ReportAnswer, said: dict[str, str]) -> str:
    """What a figure is called."""
    how, colon, label = name.partition(":")
    if colon:
        return said[how].format(label=answer.labels.get(label, label))
    return said["cases" if answer.question.of == CASES else "steps"] if name == "count" else said[name]


def figure(name: str, value: Decimal | None, said: dict[str, str]) -> str:
    """A figure as the report's page says it."""
    if value is None:
        return said["nothing"]
    if name in ("share", "in_time"):
        return f"{value * 100:.1f}%"
    if not name.startswith("duration"):
        return number(value)
    whole = int(value)
    if whole >= DAY:
        return said["days"].format(days=whole // DAY, hours=whole % DAY // HOUR)
    if whole >= HOUR:
        return said["hours"].format(hours=whole // HOUR, minutes=whole % HOUR // MINUTE)
    return said["minutes"].format(minutes=max(1, whole // MINUTE) if whole else 0)


def number(value: Decimal) -> str:
    """A number as it is read, on pages too: in thousands, with two decimals if it is not whole."""
    return f"{wording.rounded(value if value == value.to_integral_value() else round(value, 2)):,f}"
