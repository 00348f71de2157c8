"""Forms: read a form-js schema, settle and draw it for given data, validate what comes back. Pure."""

from engine.forms.choosing import Choosing
from engine.forms.decode import act, actions, decode, is_finding, searches
from engine.forms.evaluate import initial, new_row, settle
from engine.forms.schema import Component, Form, load, problems
from engine.forms.scope import Level, Scope, get, put
from engine.forms.validate import preview, validate
from engine.forms.view import FormView, Node, view

__all__ = [
    "Choosing",
    "Component",
    "Form",
    "FormView",
    "Level",
    "Node",
    "Scope",
    "act",
    "actions",
    "decode",
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
    "validate",
    "view",
]
