"""Built-ins over contexts (DMN 1.5 clause 10.3.4.8; Camunda 8)."""

from __future__ import annotations

from engine.feel.builtins.registry import builtin
from engine.feel.data.values import Context, kind
from engine.feel.errors import Null
from engine.feel.run import ExpressionRun


@builtin("get value", "m: context, key: string", "The value under a key, or under a path of keys; null when absent.")
@builtin("get value", "m: context, keys: list")
@builtin("get value", "context: context, key: string")
@builtin("get value", "context: context, keys: list")
def get_value(m: Context, key: str | list[object]) -> object:
    reached: object = m
    for step in key if isinstance(key, list) else [key]:
        if not isinstance(reached, dict) or not isinstance(step, str) or step not in reached:
            raise Null("The context has no “%(name)s”.", name=str(step)[:100])
        reached = reached[step]
    return reached


@builtin("get entries", "m: context", "The entries of a context as a list of key and value.")
@builtin("get entries", "context: context")
def get_entries(run: ExpressionRun, m: Context) -> list[object]:
    run.budget.step(len(m))
    return [{"key": key, "value": value} for key, value in m.items()]


@builtin("context", "entries: list", "The context of a list of key and value.")
def context(run: ExpressionRun, entries: list[object]) -> Context:
    run.budget.step(len(entries))
    made: Context = {}
    for entry in entries:
        if not isinstance(entry, dict) or "value" not in entry or not isinstance(entry.get("key"), str):
            raise Null("An entry needs a key, which is a text, and a value.")
        if entry["key"] in made:
            raise Null("A context cannot have the same key twice.")
        made[entry["key"]] = entry["value"]
    return made


@builtin("context put", "context: context, key: string, value: any", "A context with one entry added or replaced.")
@builtin("context put", "context: context, keys: list, value: any")
@builtin("put", "context: context, key: string, value: any", "A context with one entry added or replaced.")
def context_put(run: ExpressionRun, context_: Context, key: str | list[object], value: object) -> Context:
    keys: list[object] = key if isinstance(key, list) else [key]
    if not keys or not all(isinstance(part, str) for part in keys):
        raise Null("A key is a text.")
    run.budget.step(len(context_) + len(keys))
    first, rest = str(keys[0]), keys[1:]
    if not rest:
        return {**context_, first: value}
    inner = context_.get(first, {})
    if not isinstance(inner, dict):
        raise Null("The context has no “%(name)s”.", name=first)
    return {**context_, first: context_put(run, inner, rest, value)}


@builtin("context merge", "contexts: list", "One context of several; later entries win.")
@builtin("put all", "...contexts: context", "One context of several; later entries win.")
def context_merge(run: ExpressionRun, contexts: list[object]) -> Context:
    merged: Context = {}
    for part in contexts:
        if not isinstance(part, dict):
            raise Null("A %(kind)s is no context.", kind=kind(part))
        run.budget.step(len(part))
        merged.update(part)
    return merged
