"""Asking a provider over HTTP: guarded addresses, limits of time, no redirects, answers in JSON."""

from __future__ import annotations

from typing import Any

import requests

from engine import errors
from engine.signing_in import declared

NO_ANSWER = "%(provider)s does not answer just now. Please try again in a moment, or sign in with your password here."
NOT_UNDERSTOOD = "The answer of %(provider)s could not be understood. Please tell your administrator."


def json_of(provider: str, method: str, address: str, *, seconds: float, **sent: Any) -> dict[str, Any]:
    """The object that the address answers with, whatever its status. Raises Unavailable where there is none."""
    if declared.address_fault(address) is not None:
        raise errors.Unavailable(NOT_UNDERSTOOD, provider=provider)
    try:
        answer = requests.request(method, address, timeout=seconds, allow_redirects=False, **sent)
        content = answer.json()
    except requests.exceptions.JSONDecodeError as error:
        raise errors.Unavailable(NOT_UNDERSTOOD if answer.status_code < 500 else NO_ANSWER, provider=provider) from error
    except requests.RequestException as error:
        raise errors.Unavailable(NO_ANSWER, provider=provider) from error
    if not isinstance(content, dict):
        raise errors.Unavailable(NOT_UNDERSTOOD, provider=provider)
    if answer.status_code >= 500:
        raise errors.Unavailable(NO_ANSWER, provider=provider)
    return content
