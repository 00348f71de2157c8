"""How moments, deadlines and sizes are worded on pages, in the company's zone and the reader's language."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import flask
import flask_babel
from babel import dates
from flask_babel import gettext as _
from flask_login import current_user
from markupsafe import Markup, escape

from engine.basics import sayings
from engine.execution import comebacks
from engine.people.rights import secrecy
from engine.queries.cases.where import places
from engine.queries.status import open_tasks
from web.frame import i18n, storage

DEFAULT_ZONE = "Asia/Shanghai"
HOUR = 3600
DAY = 24 * HOUR
PRIORITY_URGENT = 60
PRIORITY_CRITICAL = 80
SHOWN_ENDINGS = (".pdf", ".png", ".jpg", ".jpeg", ".gif")
PATTERNS = {
    "zh_Hans": {"day": "M月d日 HH:mm", "year": "y年M月d日 HH:mm", "full": "y年M月d日 EEEE HH:mm:ss"},
    "en": {"day": "d MMM HH:mm", "year": "d MMM y HH:mm", "full": "EEEE, d MMMM y HH:mm:ss"},
}


@dataclass(frozen=True)
class Light:
    """A due light [灯]: the level colours the dot, the words say the same."""

    level: str
    words: str


def install(app: flask.Flask) -> None:
    """Offers these to all templates."""
    app.jinja_env.filters.update(
        moment=moment,
        may_show=may_show,
        stored_moment=stored_moment,
        full_moment=full_moment,
        dated=dated,
        day=day,
        size=size,
        counted=counted,
        duration=duration,
        urgency=urgency,
        own_words=own_words,
        because=because,
        decided=decided,
        acted=acted,
        listed=listed,
        few_listed=few_listed,
        people=people,
        held=held,
        one_stop=one_stop,
        unnumbered=unnumbered,
        breadth=breadth,
        level_word=level,
    )
    app.jinja_env.globals["light"] = light


def zone() -> ZoneInfo:
    """The time zone that this request's times are shown in."""
    actor = getattr(current_user, "actor", None)
    return ZoneInfo(actor.time_zone if actor else DEFAULT_ZONE)


def level(code: str | None) -> str:
    """What a level of secrecy is called; another word, as a department's name, stays what it is."""
    return secrecy.called(code).read(i18n.language()) if code else ""


MIDNIGHT = " 00:00"


class Twofold(str):
    """Words for the screen that stand in a page with others for paper, where “today” and “you” mean nothing to who reads it later."""

    markup: Markup

    def __html__(self) -> str:
        return self.markup


def _twofold(words: str, markup: str, **told: str) -> Twofold:
    both = Twofold(words)
    both.markup = Markup(markup).format(words=words, **told)
    return both


def moment(at: datetime | None) -> str:
    """A moment as one says it: today 14:30, yesterday, 2 March, or with the year."""
    if at is None:
        return "—"
    return _timed(at, _near(at.astimezone(zone()), storage.now().astimezone(zone()).date()), dated(at))


def begins(at: datetime) -> str:
    """When something goes on by itself: as `moment`, or the day alone where that is its beginning."""
    words = moment(at)
    return _timed(at, words.removesuffix(MIDNIGHT), dated(at).removesuffix(MIDNIGHT)) if words.endswith(MIDNIGHT) else words


def _timed(at: datetime, words: str, on: str) -> Twofold:
    told = {"at": at.isoformat(), "full": full_moment(at), "on": on}
    return _twofold(words, '<time datetime="{at}" title="{full}" data-on="{on}">{words}</time>', **told)


def _near(local: datetime, today: date) -> str:
    near = {0: _("today"), -1: _("yesterday"), 1: _("tomorrow")}.get((local.date() - today).days)
    if near:
        return f"{near} {local:%H:%M}"
    return _formatted(local, "day" if local.year == today.year else "year")


def sentence(text: str, **said: str) -> Twofold:
    """A text with what it says put in, moments on paper as they are read there."""
    both = Twofold(text % said)
    both.markup = escape(text) % said
    return both


def begun(text: str) -> str:
    """A text as one begins a sentence with it; moments on paper stay as they are read there."""
    begins = text[:1].upper()
    both = Twofold(begins + text[1:])
    markup = text.markup if isinstance(text, Twofold) else escape(text)
    both.markup = Markup(begins) + markup[1:] if markup[:1] == text[:1] else markup
    return both


def in_a_row(parts: Iterable[str], sign: str = " · ") -> Twofold:
    """Parts of a line beside each other, each on paper as it is read there."""
    several = list(parts)
    both = Twofold(sign.join(several))
    both.markup = Markup(sign).join(several)
    return both


def dated(at: datetime) -> str:
    """A moment with its year, as it is written where it is read later: on paper."""
    return _formatted(at.astimezone(zone()), "year")


def day(on: date | str) -> str:
    """A day in words, with its year; also one that is kept as ISO text."""
    of = date.fromisoformat(on) if isinstance(on, str) else on
    locale = i18n.language()
    pattern = PATTERNS[locale]["year"].removesuffix(" HH:mm")
    return str(dates.format_date(of, pattern, locale=locale))


def stored_moment(text: str) -> str:
    """As `moment`, of one that is kept as ISO text."""
    return moment(datetime.fromisoformat(text))


def full_moment(at: datetime | None) -> str:
    """A moment to the second, with weekday and year."""
    return _formatted(at.astimezone(zone()), "full") if at else "—"


def light(due_at: datetime | None, warn_at: datetime | None = None, ended_at: datetime | None = None) -> Light:
    """The due light at this moment, or at the moment when the thing ended."""
    if due_at is None:
        return Light("none", _("no limit"))
    at = ended_at or storage.now()
    if at > due_at:
        late = duration(at - due_at)
        return Light("late", _("late by %(time)s", time=late) if ended_at else _("overdue by %(time)s", time=late))
    if ended_at:
        return Light("ok", _("in time"))
    near = warn_at is not None and at >= warn_at
    return Light("near" if near else "ok", _("%(time)s left", time=duration(due_at - at)))


def duration(span: timedelta) -> str:
    """A span in its two largest steps that matter: 2 days, 3 hours, 20 minutes."""
    seconds = max(0, int(span.total_seconds()))
    if seconds >= DAY:
        return _("%(n)s d", n=seconds // DAY)
    if seconds >= HOUR:
        return _("%(n)s h", n=seconds // HOUR)
    return _("%(n)s min", n=max(1, seconds // 60))


def urgency(priority: int) -> str:
    """The word for a priority of 0 to 100 that stands out; none for a usual one."""
    if priority >= PRIORITY_CRITICAL:
        return _("critical")
    return _("urgent") if priority >= PRIORITY_URGENT else ""


def size(octets: int) -> str:
    """A file's size."""
    if octets < 1024:
        return f"{octets} B"
    if octets < 1024**2:
        return f"{octets / 1024:.0f} KB"
    return f"{octets / 1024**2:.1f} MB" if octets < 1024**3 else f"{octets / 1024**3:.1f} GB"


def counted(number: int) -> int | str:
    """A figure that opens a list: lists end their count there, too."""
    return number if number <= open_tasks.MOST_COUNTED else f"{open_tasks.MOST_COUNTED:,}+"


def _formatted(local: datetime, pattern: str) -> str:
    locale: Any = flask_babel.get_locale()
    text: str = dates.format_datetime(local, PATTERNS[str(locale)][pattern], tzinfo=local.tzinfo, locale=locale)
    return text


def own_words(text: str) -> str:
    """A reason of the history: one that the engine gave by itself in the reader's language, what people wrote as it is."""
    return str(sayings.read(sayings.told(text), i18n.language()))


def because(returned: Mapping[str, Any]) -> str:
    """The words of a return, as `own_words`."""
    return own_words(comebacks.because(returned))


def decided(returned: Mapping[str, Any]) -> str:
    """What was decided where a case went back by itself; where the diagram says nothing of it, that it came back."""
    return comebacks.decided(returned) or _("It came back by itself")


def may_show(name: str) -> bool:
    """Whether a file of that name is likely one that a browser shows; its content decides when it is opened."""
    return str(name).lower().endswith(SHOWN_ENDINGS)


def listed(names: Iterable[str]) -> str:
    """An enumeration as the reader's language writes one; of names that are marked up already it is so too."""
    several = list(names)
    told = sayings.joined(several).read(i18n.language())
    return Markup(told) if several and all(isinstance(each, Markup) for each in several) else told


def few_listed(names: Sequence[str], most: int = 3) -> str:
    """An enumeration of few; of more than that the first, and how many there are."""
    if len(names) <= most:
        return listed(names)
    return _("%(names)s, %(all)s in all", names=listed(names[:most]), all=len(names))


def people(names: str) -> str:
    """Names of people and groups that the engine gives as one text, enumerated as the reader's language does."""
    return listed(names.split(sayings.BESIDE)) if sayings.BESIDE in names else names


def held(place: places.CurrentPlace) -> str:
    """Who has an open step, in a sentence to its reader: he himself as “you”, and first."""
    actor = getattr(current_user, "actor", None)
    if actor is None or actor.username not in place.usernames:
        return people(place.held_by)
    words = listed((_("you"), *place.others(actor.username)))
    return _twofold(words, '<span data-on="{on}">{words}</span>', on=people(place.held_by))


def acted(who: str) -> str:
    """Who acted; of a deputy both names, as the reader's language puts them."""
    first, between, second = who.partition(sayings.BETWEEN)
    return sayings.INSTEAD_OF.of(who=first, whom=second).read(i18n.language()) if between else who


def breadth(text: str) -> int:
    """How much room a text takes, in letters; a Chinese character takes that of two."""
    return sum(2 if letter > "\u2e7f" else 1 for letter in text)


def one_stop(text: str) -> str:
    """A sentence, marked as it was, with one full stop where it ends with somebody's words."""
    return type(text)(sayings.with_one_stop(text))


def unnumbered(text: str, number: str | None) -> str:
    """A subject without the number of its case at its end, for a page that shows the number beside it."""
    return re.sub(rf"\s*(?:[（(]{re.escape(number)}[）)]|[：:]\s*{re.escape(number)})$", "", text) if number else text
