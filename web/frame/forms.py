"""Forms on pages: from what the browser sent to a submission, and from a form's view to what is drawn."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

import flask
import flask_babel
import markupsafe
from babel import dates
from flask_babel import gettext as _
from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline
from markdown_it.rules_inline.state_inline import Delimiter

from engine import errors, forms
from engine.basics import sayings
from engine.cases.lines import wording
from engine.forms import schema
from engine.verbs import kept_forms
from web.frame import filters, i18n

MOMENT = re.compile(
    r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d|@[\w/+-]+)?)?"
)  # with a zone as FEEL writes it; without the T as a summary holds it
WIDE = re.compile(r"[\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef]")  # Chinese characters and what is set as wide as they


def _emphasis(state: StateInline, silent: bool) -> bool:
    """`*` and `_` as CommonMark has them, also where Chinese stands on without a space: “**提示：**请” opens and closes there."""
    marker = state.src[state.pos]
    if silent or marker not in "_*":
        return False
    scanned = state.scanDelims(state.pos, marker == "*")
    before = state.src[state.pos - 1 : state.pos] or " "
    after = state.src[state.pos + scanned.length : state.pos + scanned.length + 1] or " "
    opens = scanned.can_open or (marker == "*" and bool(WIDE.match(before)) and not after.isspace())
    closes = scanned.can_close or (marker == "*" and bool(WIDE.match(after)) and not before.isspace())
    for _number in range(scanned.length):
        token = state.push("text", "", 0)
        token.content = marker
        place = len(state.tokens) - 1
        state.delimiters.append(Delimiter(ord(marker), scanned.length, place, -1, open=opens, close=closes))
    state.pos += scanned.length
    return True


markdown_reader = MarkdownIt("commonmark", {"html": False, "linkify": False}).disable("image")
markdown_reader.inline.ruler.at("emphasis", _emphasis)


def install(app: flask.Flask) -> None:
    """Offers the form macros' filters to all templates."""
    app.jinja_env.globals["once_mark"] = once_mark
    app.jinja_env.filters.update(markdown=markdown, input_value=input_value, plain=plain, refusal=i18n.worded)
    app.jinja_env.tests["of_records"] = lambda raw: schema.offers(raw, schema.RECORDS)


def once_mark() -> str:
    """A mark for a page: what is sent from it twice is done once."""
    return secrets.token_urlsafe(9)


def window() -> kept_forms.Window | None:
    """The page that saves or sends, if it says which it is."""
    sent = flask.request.form
    name = sent.get("window", "")
    return kept_forms.Window(name, sent.get("window_saw", "")) if name.isascii() and name.isalnum() else None


def new_window(draft: Mapping[str, Any] | None) -> kept_forms.Window:
    """A page that is about to be drawn with this draft in it."""
    return kept_forms.Window(secrets.token_hex(8), kept_forms.mark(draft))


def pairs() -> list[tuple[str, str]]:
    """The name–value pairs of this request's form."""
    return list(flask.request.form.items(multi=True))


def sent(form: forms.Form) -> dict[str, Any]:
    """The submission that this request's form makes."""
    return forms.decode(form, pairs())


def is_about_rows() -> bool:
    """Whether the button pressed only adds or removes a row, or searches; a page without script sends the whole form for it."""
    return bool(forms.actions(pairs())) or forms.is_finding(pairs())


def redrawn(
    form: forms.Form, scope: forms.FormScope, refusals: Mapping[str, list[errors.Refusal]] | None = None
) -> forms.FormView:
    """The form as it stands with what this request sent: nothing typed is lost, rows are added or removed."""
    return acted(form, sent(form), scope, refusals)


def acted(
    form: forms.Form,
    data: dict[str, Any],
    scope: forms.FormScope,
    refusals: Mapping[str, list[errors.Refusal]] | None = None,
) -> forms.FormView:
    """As `redrawn`, with this data instead of what the request sent."""
    forms.act(form, data, forms.actions(pairs()), scope)
    return filled(form, data, scope, refusals)


def filled(
    form: forms.Form,
    data: Mapping[str, Any],
    scope: forms.FormScope,
    refusals: Mapping[str, list[errors.Refusal]] | None = None,
) -> forms.FormView:
    """The form with half-filled data, as a draft holds it."""
    settled, unread = forms.preview(form, data, scope)
    return forms.view(form, settled, scope, refusals, unread=unread, searches=forms.searches(pairs()))


def opened(form: forms.Form, scope: forms.FormScope, *, only_looking: bool = False) -> forms.FormView:
    """The form as it is first opened: the process's values and the defaults, which are not told to who only looks."""
    data = forms.initial(form, scope.variables, scope, with_defaults=not only_looking)
    return forms.view(form, data, scope, only_looking=only_looking)


def as_opened(form: forms.Form, scope: forms.FormScope) -> dict[str, Any]:
    """What a form holds before anybody has typed into it."""
    return dict(forms.initial(form, scope.variables, scope, with_defaults=True))


def nodes(view: forms.FormView) -> Iterator[forms.ViewNode]:
    """Everything a form draws, also inside its groups and rows."""

    def within(lines: Iterable[Iterable[forms.ViewNode]]) -> Iterator[forms.ViewNode]:
        for line in lines:
            for node in line:
                yield node
                yield from within(node.children)
                for row in node.rows:
                    yield from within(row)

    return within(view.lines)


def labels(view: forms.FormView) -> Iterator[tuple[forms.ViewNode, str]]:
    """Everything a form draws, with its label; within the rows of a list that says which row, by its number and what it shows."""

    def within(lines: Iterable[Iterable[forms.ViewNode]], row: str) -> Iterator[tuple[forms.ViewNode, str]]:
        for line in lines:
            for node in line:
                yield node, _("%(row)s, %(label)s", row=row, label=node.label) if row and node.label else row or node.label
                yield from within(node.children, row)
                for number, inner in enumerate(node.rows, 1):
                    yield from within(inner, _called(number, inner))

    return within(view.lines, "")


def _called(number: int, row: Iterable[Iterable[forms.ViewNode]]) -> str:
    shown = [each.value for line in row for each in line if each.type == "textfield" and each.is_readonly and each.value]
    what = " ".join(str(each) for each in shown[:2])
    return _("item %(n)s (%(what)s)", n=number, what=what) if what else _("item %(n)s", n=number)


def fragment(view: forms.FormView, live_url: str | None) -> str:
    """The drawn fields alone, for a page that replaces them while they are filled in."""
    return flask.render_template("frame/fields.html", view=view, live_url=live_url)


def markdown(text: str) -> markupsafe.Markup:
    """A form's text as HTML; markup of its own is shown as text, days stand in it as one says them."""
    read = markdown_reader.parse(text or "")
    for word in (each for block in read for each in block.children or () if each.type == "text"):
        word.content = sayings.with_days(word.content, i18n.language())
    return markupsafe.Markup(markdown_reader.renderer.render(read, markdown_reader.options, {}))


def input_value(value: Any, raw: Mapping[str, Any] | None = None) -> str:
    """A value as an input carries it; a moment with an offset is shown in the company's zone, without one."""
    if value is None:
        return ""
    if raw and raw.get("subtype") == "datetime":
        return _local_moment(str(value))
    if isinstance(value, Decimal):
        return format(value, "f")
    return str(value)


def plain(value: Any, raw: Mapping[str, Any] | None = None) -> str:
    """A value for reading: dates in the reader's way, yes or no, lists with 、."""
    if value is None or value == "":
        return "—"
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, Decimal | int):
        return _number(Decimal(value), raw or {})
    if isinstance(value, list):
        return sayings.joined(plain(each) for each in value).read(i18n.language())
    if isinstance(value, Mapping):
        return _("; ").join(f"{name}{_(': ')}{plain(each)}" for name, each in value.items())
    return _moment(str(value)) if MOMENT.fullmatch(str(value)) else str(value)


def is_moment(value: Any) -> bool:
    """Whether a value is a day or a moment, which says nothing without its label."""
    return isinstance(value, str) and bool(MOMENT.fullmatch(value))


def _local_moment(text: str) -> str:
    at = wording.moment(text)
    if not isinstance(at, datetime):
        return text
    return (at.astimezone(filters.zone()) if at.tzinfo else at).strftime("%Y-%m-%dT%H:%M")


def _number(value: Decimal, raw: Mapping[str, Any]) -> str:
    appearance = raw.get("appearance") or {}
    before, after = appearance.get("prefixAdorner") or "", appearance.get("suffixAdorner") or ""
    shown = wording.rounded(value, raw.get("decimalDigits"))
    return f"{before}{shown:,f}{' ' + after if after else ''}"


def _moment(text: str) -> str:
    """A date or a moment as one reads it here; a moment that names its zone in the reader's."""
    locale = flask_babel.get_locale()
    pattern = filters.PATTERNS[str(locale)]["year"]
    at = wording.moment(text)
    if at is None:
        return text
    if not isinstance(at, datetime):
        return str(dates.format_date(at, pattern.removesuffix(" HH:mm"), locale=locale))
    local = at.astimezone(filters.zone()) if at.tzinfo else at
    return str(dates.format_datetime(local, pattern, tzinfo=local.tzinfo, locale=locale))
