"""Forms: read a form-js schema, settle and draw it for given data, validate what comes back. Pure."""

from engine.forms.checking.checks import problems
from engine.forms.effort import Effort, TooMuch
from engine.forms.evaluate import settle
from engine.forms.marks_of_text import files as file_values
from engine.forms.schema import Component, Form, load
from engine.forms.scope import FormScope, Level, get, put
from engine.forms.validate import preview, validate
from engine.forms.values.choosing import Choosing
from engine.forms.values.confirmations import names as confirmation_names
from engine.forms.values.confirmations import unconfirmed
from engine.forms.values.decode import act, actions, decode, is_finding, searches
from engine.forms.values.opening import initial, new_row
from engine.forms.view import FormView, ViewNode, view

__all__ = [
    "Choosing",
    "Component",
    "Effort",
    "Form",
    "FormScope",
    "FormView",
    "Level",
    "TooMuch",
    "ViewNode",
    "act",
    "actions",
    "confirmation_names",
    "decode",
    "file_values",
    "get",
    "initial",
    "is_finding",
    "load",
    "new_row",
    "preview",
    "problems",
    "put",
    "searches",
    "settle",
    "unconfirmed",
    "validate",
    "view",
]
