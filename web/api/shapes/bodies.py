"""What every request body has in common: a member that would not be obeyed is refused, an unknown one with the nearest name."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict, model_validator

from engine import errors
from engine.basics.letters.plain_text import plain_throughout
from engine.basics.nearest import nearest
from engine.definitions.definitions import Form
from engine.forms.schema import Fields

OWN_TENANTS = ("", "<default>")
ASKS_NOTHING: tuple[Any, ...] = (None, False, 0, "", [], {})
UNKNOWN = "There is no member “%(name)s” here; it has %(known)s."
UNKNOWN_BUT = "There is no member “%(name)s” here; did you mean “%(nearest)s”?"
UNASKED = "The form asks for no variable “%(name)s”; please leave it out."
UNASKED_BUT = "The form asks for no variable “%(name)s”; did you mean “%(nearest)s”?"
NO_FIELDS = "“%(name)s” holds fields of the form; please send an object."
NOT_SERVED = "“%(name)s” is not served here; please leave it out."


class Body(BaseModel):
    """A request's body, or an object within it.

    A member that may be left out may be null as well. `unserved` are members that Camunda 8 knows and we do not obey: they are taken only with a value that asks for
    nothing, as clients send that write out every default.
    """

    model_config = ConfigDict(extra="forbid", strict=True)
    unserved: ClassVar[frozenset[str]] = frozenset()
    exact: ClassVar[frozenset[str]] = frozenset({"variables", "filter"})  # kept to the letter, what people read otherwise not

    @model_validator(mode="before")
    @classmethod
    def _known(cls, sent: Any) -> Any:
        if not isinstance(sent, Mapping):
            return sent
        optional = {each.alias or name: not each.is_required() for name, each in cls.model_fields.items()}
        names = list(optional)
        for name in sent.keys() - set(names):
            cls._require_idle(name, sent[name], names)
        given = [name for name in names if name in sent and not (optional[name] and sent[name] is None)]
        return {name: sent[name] if name in cls.exact else plain_throughout(sent[name]) for name in given}

    @classmethod
    def _require_idle(cls, name: str, value: Any, names: list[str]) -> None:
        if name in cls.unserved:
            if any(value is nothing or (type(value) is type(nothing) and value == nothing) for nothing in ASKS_NOTHING):
                return
            raise refused(NOT_SERVED, name)
        near = nearest(name, [*names, *cls.unserved])
        if near:
            raise refused(UNKNOWN_BUT, name, nearest=near)
        raise refused(UNKNOWN, name, known=", ".join(names))


def refused(text: str, name: str, *, at: str = "", **values: object) -> errors.Invalid:
    """The refusal of a member, told as a sentence and by the member; `at` is what stands before its name where it is deeper."""
    place = f"{at}{name[:40]}"
    told: dict[str, Any] = {"name": place, **values}
    return errors.Invalid(text, fields={place: [errors.Refusal(text, **told)]}, **told)


def require_read(body: Body, read: Sequence[str]) -> None:
    """Raises Invalid for a member that asks for something and that this operation does not read, with the nearest that it does."""
    for name in sorted(body.model_fields_set - set(read)):
        if getattr(body, name) not in ASKS_NOTHING:
            near = nearest(name, read)
            raise refused(UNKNOWN_BUT, name, nearest=near) if near else refused(UNKNOWN, name, known=", ".join(read) or "—")


def require_tenant(tenant: str | None, company_id: str, name: str = "tenantId") -> None:
    """A company is a tenant. Raises Invalid for another one than the caller's; Camunda's `<default>` is his own."""
    if tenant is not None and tenant not in (*OWN_TENANTS, company_id):
        raise refused("The tenant of “%(name)s” is not yours; leave it out, or name %(own)s.", name, own=company_id)


def of_form(variables: Mapping[str, Any]) -> Callable[[Form | None], Mapping[str, Any]]:
    """What is sent for a form: what it does not ask for is refused, within groups and rows too, with the nearest that it does."""

    def checked(form: Form | None) -> Mapping[str, Any]:
        if form is not None:
            _require_asked(variables, form.parsed.fields, "")
        return variables

    return checked


def _require_asked(sent: Mapping[str, Any], known: Fields, at: str) -> None:
    for name, value in sent.items():
        if name not in known:
            near = nearest(name, known)
            raise refused(UNASKED_BUT, name, at=at, nearest=f"{at}{near}") if near else refused(UNASKED, name, at=at)
        if isinstance(known[name], Mapping) and value is not None:
            _require_asked_within(value, known[name], name, at)
        elif isinstance(known[name], list) and isinstance(value, list):  # what is no list the form itself refuses
            for index, row in enumerate(value):
                _require_asked_within(row, known[name][0], f"{name}[{index}]", at)


def _require_asked_within(sent: Any, known: Fields, name: str, at: str) -> None:
    """The same of a group or a row; what is neither is refused, or it would be left out."""
    if not isinstance(sent, Mapping):
        raise refused(NO_FIELDS, name, at=at)
    _require_asked(sent, known, f"{at}{name}.")
