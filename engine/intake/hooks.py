"""Web hooks: another system files something with a signed request (Standard Webhooks), each delivery once."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import errors, feel
from engine.basics import json_texts
from engine.definitions import definitions
from engine.intake import filing, setup
from engine.people import organisation
from engine.storage import models
from engine.storage.models import Filing, ProcessInstance

SOURCE = "hook"
TOLERANCE = timedelta(minutes=5)
MAX_BYTES = 1024 * 1024
WRONG = "The signature, the moment or the delivery id of the request is wrong."


@dataclass(frozen=True)
class Delivery:
    """A request as it came: the headers webhook-id, webhook-timestamp and webhook-signature, and the body."""

    id: str
    timestamp: str
    signature: str
    body: bytes


@dataclass(frozen=True)
class Received:
    """The case that a delivery started, now or the first time."""

    number: str
    is_repeated: bool


def secret_name(company_id: str, name: str) -> str:
    """The variable of the environment that holds the secret of a hook."""
    return f"BANJIE_HOOK_SECRET_{company_id}_{name}".upper().replace("-", "_")


def receive(
    session: Session, company_id: str, name: str, delivery: Delivery, environ: Mapping[str, str], *, now: datetime
) -> Received:
    """Starts a case with what the other system sent.

    Raises NotFound for a hook that is not set up, Forbidden for a wrong signature (or one older than five minutes),
    Invalid for a body that cannot be mapped.
    """
    if session.get(models.Company, company_id) is None:
        raise errors.NotFound(filing.NOT_HERE)
    hook = setup.hooks(organisation.current(session, company_id).settings).get(name)
    secret = environ.get(secret_name(company_id, name), "")
    if hook is None or not secret:
        raise errors.NotFound(filing.NOT_HERE)
    _check(delivery, secret, now)
    own = filing.claim(session, company_id, SOURCE, f"{name}:{delivery.id}", hook.process, now=now)
    if own is None:
        return Received(_number(session, company_id, f"{name}:{delivery.id}"), True)
    variables = {"channel": hook.channel} | _mapped(hook.variables, delivery.body, now)
    definition = definitions.latest(session, company_id, hook.process)
    instance = filing.begin(session, definition, hook.message, own.outside_id, variables, now=now)
    own.instance_key = instance.key
    session.flush()
    return Received(instance.number, False)


def sign(secret: str, id: str, timestamp: str, body: bytes) -> str:
    """The signature of a delivery: `v1,` and base64 of HMAC-SHA256 over id, timestamp and body."""
    made = hmac.new(secret.encode(), f"{id}.{timestamp}.".encode() + body, hashlib.sha256).digest()
    return "v1," + base64.b64encode(made).decode()


def _check(delivery: Delivery, secret: str, now: datetime) -> None:
    right = sign(secret, delivery.id, delivery.timestamp, delivery.body)
    given = delivery.signature.split()[:10]  # a sender that changes its secret signs with both
    is_signed = any(hmac.compare_digest(right.encode(), each.encode()) for each in given)
    is_known = delivery.timestamp.isascii() and delivery.timestamp.isdecimal() and len(delivery.timestamp) < 12
    if not is_signed or not is_known or not 1 <= len(delivery.id) <= 200:
        raise errors.Forbidden(WRONG)
    if abs(int(delivery.timestamp) - now.timestamp()) > TOLERANCE.total_seconds():
        raise errors.Forbidden(WRONG)


def _mapped(expressions: Mapping[str, str], body: bytes, now: datetime) -> dict[str, Any]:
    """The variables that FEEL makes of the body, which it sees as `payload`."""
    if len(body) > MAX_BYTES:
        raise errors.Invalid("The request is too large.")
    try:
        payload = json_texts.read(body)
        context = {"payload": feel.from_json(payload)}
        return {
            name: feel.to_json(feel.evaluate(feel.body(text), context, now=now)) if feel.is_expression(text) else text
            for name, text in expressions.items()
        }
    except (ValueError, RecursionError, binascii.Error, feel.FeelError) as error:
        raise errors.Invalid("The request cannot be read: %(detail)s", detail=str(error)[:200]) from error


def _number(session: Session, company_id: str, outside_id: str) -> str:
    statement = (
        select(ProcessInstance.number)
        .join(Filing, Filing.instance_key == ProcessInstance.key)
        .where(Filing.company_id == company_id, Filing.source == SOURCE, Filing.outside_id == outside_id)
    )
    return session.execute(statement).scalar_one()
