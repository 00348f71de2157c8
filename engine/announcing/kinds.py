"""What people are told of: each kind of notice with its name, its words in both languages, and how it reaches people at first."""

from __future__ import annotations

from dataclasses import dataclass

AT_ONCE, DAILY, NEVER = "at_once", "daily", "never"
HOW = (AT_ONCE, DAILY, NEVER)
# What the words of a notice may hold between braces. A line whose every name is empty is left out, and one that holds the number
# of a case where there is no case.
PLACES = (
    *("name", "title", "number", "process", "initiator", "step", "who", "due", "summary", "said"),
    *("since", "tried", "link", "company"),
)
# What is told of a case in few words, under each name between braces: in letters, in lists of several, in chats.
CARD = {
    "zh_Hans": {
        "initiator": "发起：{initiator}",
        "step": "环节：{step}",
        "due": "办结期限：{due}",
        "summary": "{summary}",
        "said": "{said}",
    },
    "en": {
        "initiator": "Begun by: {initiator}",
        "step": "Step: {step}",
        "due": "Due: {due}",
        "summary": "{summary}",
        "said": "{said}",
    },
}
CASE = {"zh_Hans": "单据：{title}（{number}）", "en": "Case: {title} ({number})"}
OPEN = {"zh_Hans": "打开：{link}\n\n{company}", "en": "Open it: {link}\n\n{company}"}
ABOUT = {each: "\n".join(["", CASE[each], *CARD[each].values(), "", OPEN[each]]) for each in CARD}
OF_ITSELF = {  # of a notice that has a sentence of its own instead of a case's title
    "zh_Hans": f"\n单号：{{number}}\n{{said}}\n\n{OPEN['zh_Hans']}",
    "en": f"\nCase: {{number}}\n{{said}}\n\n{OPEN['en']}",
}
STOPPED = {
    "zh_Hans": f"\n{CASE['zh_Hans']}\n{CARD['zh_Hans']['step']}\n原因：{{said}}\n"
    f"自 {{since}} 起停在这里。{{tried}}排除原因后，请在下面的页面重试。\n\n{OPEN['zh_Hans']}",
    "en": f"\n{CASE['en']}\n{CARD['en']['step']}\nWhat failed: {{said}}\n"
    f"It has stood still since {{since}}. {{tried}}Please put it right and try again on the page below.\n\n{OPEN['en']}",
}
# Of these the reader may see the case itself, so that its summary is told him too.
SUMMED_UP = frozenset(["new_work", "offered", "returned", "urged", "copied", "asked"])


@dataclass(frozen=True)
class NoticeWords:
    """The words of a notice: one line for its subject, and its body."""

    subject: str
    body: str


@dataclass(frozen=True)
class Kind:
    """A kind of notice; `label` and `meaning` are English message ids, `words` come by language."""

    name: str
    label: str
    meaning: str
    how: str
    words: dict[str, NoticeWords]


def _kind(
    name: str,
    label: str,
    meaning: str,
    zh: tuple[str, str],
    en: tuple[str, str],
    how: str = AT_ONCE,
    about: dict[str, str] = ABOUT,
) -> Kind:
    words = {
        "zh_Hans": NoticeWords(zh[0], f"{{name}}，您好：\n\n{zh[1]}\n{about['zh_Hans']}"),
        "en": NoticeWords(en[0], f"Dear {{name}},\n\n{en[1]}\n{about['en']}"),
    }
    return Kind(name, label, meaning, how, words)


_ALL = (
    _kind(
        "new_work",
        "New work",
        "A task assigned to you, or to somebody you are standing in for.",
        ("新待办：{step} · {title}", "有一项工作等您办理。"),
        ("New task: {step} · {title}", "A task waits for you."),
    ),
    _kind(
        "offered",
        "Work offered to a group",
        "A task that you or others in your group can take on.",
        ("可领取的待办：{step} · {title}", "您所在的组有一项工作可以领取。"),
        ("Offered task: {step} · {title}", "A task is offered to your group."),
        DAILY,
    ),
    _kind(
        "due_soon",
        "Due soon",
        "A deadline of your task, or of a process you manage, is near.",
        ("即将到期：{step} · {title}", "办结期限快到了。"),
        ("Due soon: {step} · {title}", "A deadline comes near."),
    ),
    _kind(
        "overdue",
        "Overdue",
        "A deadline has passed.",
        ("已超期：{step} · {title}", "办结期限已过，尚未办结。"),
        ("Overdue: {step} · {title}", "A deadline has passed."),
    ),
    _kind(
        "returned",
        "Returned",
        "Somebody sent a case back to you.",
        ("退回修改：{step} · {title}", "{who}把单据退回给您。"),
        ("Returned: {step} · {title}", "{who} sent the case back to you."),
    ),
    _kind(
        "urged",
        "Urged",
        "Somebody is waiting for you and asks you to hurry.",
        ("催办：{title}", "{who}请您尽快办理。"),
        ("Please hurry: {title}", "{who} asks you to act soon."),
    ),
    _kind(
        "copied",
        "Copies to you",
        "Somebody sent you a copy of a case.",
        ("抄送：{title}", "{who}把单据抄送给您。"),
        ("Copy: {title}", "{who} sent you a copy of the case."),
        DAILY,
    ),
    _kind(
        "mentioned",
        "Mentioned",
        "Somebody mentioned you in a comment.",
        ("评论中提到您：{title}", "{who}在评论中提到您："),
        ("You were mentioned: {title}", "{who} mentioned you in a comment:"),
    ),
    _kind(
        "asked",
        "Asked for a view",
        "Somebody asks for your view.",
        ("征询意见：{step} · {title}", "{who}向您征询意见："),
        ("A view asked for: {step} · {title}", "{who} asks for your view:"),
    ),
    _kind(
        "answered",
        "Answers to my questions",
        "Somebody gives the view you asked for.",
        ("已答复征询：{title}", "{who}答复了您的征询："),
        ("Your question is answered: {title}", "{who} has answered your question:"),
    ),
    _kind(
        "result",
        "Result of my case",
        "A case that you started is over.",
        ("结果：{title}", "您发起的单据已有结果。"),
        ("Result: {title}", "The case that you started is over."),
    ),
    _kind(
        "deputy",
        "Deputies",
        "Somebody made you a deputy, or it ended; or your deputy did something for you.",
        ("{title}", "关于代理的安排："),
        ("{title}", "About standing in for somebody:"),
        about=OF_ITSELF,
    ),
    _kind(
        "incident",
        "Incidents",
        "A case of a process that you manage stopped, or a part of the installation does not work.",
        ("异常：{process}", "有一处停了下来，需要人处理。"),
        ("Incident: {process}", "Something stopped and needs a person."),
        about=STOPPED,
    ),
    _kind(
        "followed",
        "News of cases you follow",
        "Something happened in a case that you follow.",
        ("关注的单据有进展：{title}", "您关注的单据有进展。"),
        ("News of a case you follow: {title}", "Something happened in a case that you follow."),
        DAILY,
    ),
    _kind(
        "told",
        "Other notices",
        "What a process tells you by itself, and what else is told in the page.",
        ("{title}", "{title}"),
        ("{title}", "{title}"),
        about=OF_ITSELF,
    ),
)
OF_CASES = {  # of a kind what is said where it is not about a step but about a whole case
    "due_soon": _kind(
        "due_soon",
        "Due soon",
        "A deadline of your task, or of a process you manage, is near.",
        ("整单即将到期：{title}", "整张单据的办结期限快到了。"),
        ("Whole case due soon: {title}", "The deadline of the whole case comes near."),
    ),
    "overdue": _kind(
        "overdue",
        "Overdue",
        "A deadline has passed.",
        ("整单已超期：{title}", "整张单据的办结期限已过，尚未办结。"),
        ("Whole case overdue: {title}", "The deadline of the whole case has passed."),
    ),
}
KINDS = {each.name: each for each in _ALL}
