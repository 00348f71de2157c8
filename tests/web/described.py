"""What the description of the API promises of an answer; every answer of the API in every test is held against it."""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping
from typing import Any

import flask

KINDS = {
    "string": str,
    "integer": int,
    "number": (int, float),
    "boolean": bool,
    "object": dict,
    "array": list,
    "null": type(None),
}
Described = Mapping[str, Any]


def watch(app: flask.Flask) -> None:
    """From now on an answer of the application that is not as described is a failure of the test that asked."""
    document = functools.cache(lambda: json.loads(app.json.dumps(app.spec)))  # type: ignore[attr-defined]

    @app.after_request
    def hold_against_the_description(answer: flask.Response) -> flask.Response:
        rule = flask.request.url_rule
        if rule is not None and (flask.request.endpoint or "").startswith("api."):
            path = rule.rule.replace("<", "{").replace(">", "}")
            operation = document()["paths"][path].get(flask.request.method.lower())
            if operation is not None:
                fits_answer(document(), operation, answer)
        return answer


def fits_answer(document: Described, operation: Described, answer: flask.Response) -> None:
    """Raises AssertionError with the operation and the place."""
    place, status = f"{operation['operationId']} {answer.status_code}", str(answer.status_code)
    assert status in operation["responses"], (place, answer.get_data(as_text=True)[:300])
    promised = resolved(document, operation["responses"][status]).get("content", {})
    if not promised:
        assert answer.get_data() == b"", place
        return
    [(content_type, content)] = promised.items()
    assert answer.mimetype == content_type, (place, answer.mimetype)
    if "json" in content_type:
        fits(document, content["schema"], json.loads(answer.get_data()), place)


def resolved(document: Described, schema: Described) -> Described:
    """A part of the document, or what it refers to."""
    while "$ref" in schema:
        found: Any = document
        for part in schema["$ref"].removeprefix("#/").split("/"):
            found = found[part]
        schema = found
    return schema


def fits(document: Described, schema: Described, value: Any, place: str) -> None:
    """Raises AssertionError with the place where a value is not as the schema says; members that it does not name are none."""
    schema = resolved(document, schema)
    if alternatives := schema.get("anyOf"):
        kinds = [resolved(document, each).get("type") for each in alternatives]
        fitting = [each for each, kind in zip(alternatives, kinds, strict=True) if isinstance(value, KINDS[kind])]
        assert fitting, (place, value)
        fits(document, fitting[0], value, place)
    elif "type" in schema:
        assert isinstance(value, KINDS[schema["type"]]), (place, value)
        for number, each in enumerate(value if isinstance(value, list) else ()):
            fits(document, schema["items"], each, f"{place}[{number}]")
        if "properties" in schema:
            _members(document, schema, value, place)


def _members(document: Described, schema: Described, value: dict[str, Any], place: str) -> None:
    assert set(schema.get("required", ())) <= value.keys() <= schema["properties"].keys(), (place, value)
    for name, each in value.items():
        fits(document, schema["properties"][name], each, f"{place}.{name}")
