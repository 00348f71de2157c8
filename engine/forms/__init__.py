"""Forms: read a form-js schema, settle and draw it for given data, validate what comes back. Pure."""

from engine.forms.checks import problems
from engine.forms.decode import act, actions, decode
from engine.forms.effort import Effort, TooMuch
from engine.forms.evaluate import initial, new_row, settle
from engine.forms.schema import Component, Form, load
from engine.forms.scope import Level, Scope, get, put
from engine.forms.validate import preview, validate
from engine.forms.view import FormView, Node, view

__all__ = [
    "Component",
    "Effort",
    "Form",
    "FormView",
    "Level",
    "Node",
    "Scope",
    "TooMuch",
    "act",
    "actions",
    "decode",
    "get",
    "initial",
    "load",
    "new_row",
    "preview",
    "problems",
    "put",
    "settle",
    "validate",
    "view",
]
