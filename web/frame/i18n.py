"""Languages of the pages: which one a request gets."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import flask
import flask_babel
from babel import support

from engine import errors, feel
from engine.basics import sayings
from engine.basics.catalogues import catalogue

LANGUAGES = {"zh_Hans": "简体中文", "en": "English"}
HTML_LANGUAGES = {"zh_Hans": "zh-CN", "en": "en"}
DEFAULT_LANGUAGE = "zh_Hans"
# Browsers name regions, our catalogues scripts; Babel raises on an unknown spelling such as "zh-cn".
BY_BROWSER = {"zh": "zh_Hans", "en": "en"}


class Catalogues(flask_babel.Domain):
    """Those that the engine's letters speak by, too."""

    def get_translations(self) -> support.Translations:
        return catalogue(str(flask_babel.get_locale()))


def install(app: flask.Flask) -> None:
    """Gives the application its languages; the company's zone is set where times are shown."""
    babel = flask_babel.Babel(app, default_locale=DEFAULT_LANGUAGE, locale_selector=language)
    babel.domain_instance = Catalogues()
    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]
        lambda text: _words().ugettext(text),
        lambda one, many, number: _words().ungettext(one, many, number),
        newstyle=True,
    )
    app.jinja_env.filters["worded"] = worded
    app.jinja_env.globals.update(languages=LANGUAGES, language=language, html_language=html_language)


def _words() -> support.NullTranslations:
    """The catalogue of this request, found once: a page has hundreds of words, and the way by flask_babel is long for each."""
    if not flask.has_app_context():
        return support.NullTranslations()
    catalogue_used: support.Translations | None = flask.g.get("catalogue")
    if catalogue_used is None:
        catalogue_used = flask.g.catalogue = catalogue(str(flask_babel.get_locale()))
    return catalogue_used


def language() -> str:
    """The language of this request: the one chosen (signing in takes over the person's), else the browser's.

    It never asks the database, so that a page about a lost database can be worded.
    """
    if not flask.has_request_context():
        return DEFAULT_LANGUAGE
    chosen: str | None = flask.session.get("language")
    return chosen if chosen in LANGUAGES else preferred(flask.request.accept_languages.values())


def preferred(wanted: Iterable[str]) -> str:
    """The first language we have among a browser's, best first; Chinese if it names none of ours."""
    for tag in wanted:
        preferred_language = BY_BROWSER.get(tag.lower().replace("_", "-").split("-")[0])
        if preferred_language:
            return preferred_language
    return DEFAULT_LANGUAGE


def html_language() -> str:
    """The tag for the page's `lang` attribute, which picks the right glyphs."""
    return HTML_LANGUAGES[language()]


def worded(refusal: errors.Refusal) -> str:
    """A refusal in the reader's language, its values worded too where they are refusals, or words of FEEL's messages."""
    values = {name: value_worded(value) for name, value in refusal.values.items()}
    return feel.worded(refusal.text, values, flask_babel.gettext)


def value_worded(value: Any) -> Any:
    """What stands in a refusal, in the reader's language where it is a refusal or a sentence of ours."""
    return worded(value) if isinstance(value, errors.Refusal) else sayings.read(value, language())
