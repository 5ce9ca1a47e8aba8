"""Reads the arguments of calls such as `artifact('clean@ab12')` in a query."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from mltrace.errors import ArgumentError
from mltrace.query.allowed import function_name, point_at

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mltrace.query.allowed import Node

Value = str | datetime | list[str]
_FORMS: Final = {
    "artifact": ("artifact('clean@ab12')", 1, 1),
    "artifact_at": ("artifact_at('features', TIMESTAMP '2026-01-31')", 2, 2),
    "changes": ("changes('features', 'ab12', 'cd34') or with a fourth argument, the key", 3, 4),
}
"""How each is written, and how many arguments it has."""


def arguments_of(call: Node, params: Mapping[str, Any], *, text: str = "") -> list[Value]:
    """Tell what a call is given.

    Parameters
    ----------
    call : dict
        The call, as DuckDB parsed it.
    params : mapping of str to Any
        The values of the query's parameters.
    text : str, default ''
        The query as it was written.

    Raises
    ------
    ArgumentError
        If the arguments are other than constants and parameters, or not as many as there must be.
    """
    name = function_name(call)
    form, least, most = _FORMS[name]
    found = [_value(one["expression"], params) for one in call["function"]["arguments"]]
    values = [value for value in found if value is not None]
    if len(values) != len(found) or not least <= len(values) <= most:
        raise ArgumentError(
            f"{name}() is called with arguments that it does not take; write {form}: texts, times, "
            f"or parameters.{point_at(text, call['query_location'])}"
        )
    return values


def _value(node: Node, params: Mapping[str, Any]) -> Value | None:
    kind = node.get("type")
    if kind == "VALUE_PARAMETER":
        value = params.get(node["identifier"])
        is_list = isinstance(value, list) and all(isinstance(one, str) for one in value)
        return value if is_list or isinstance(value, str | datetime) else None
    if kind == "OPERATOR_CAST":
        return _value(node["child"], params)
    if kind == "VALUE_CONSTANT" and (node.get("literal") or {}).get("kind") == "STRING":
        text: str = node["literal"]["text"]
        return text
    is_list = kind == "ARRAY_CONSTRUCTOR" or node.get("function_name") == "list_value"
    parts = [_value(child, params) for child in node.get("children") or node.get("arguments") or ()]
    texts = [part for part in parts if isinstance(part, str)]
    return texts if is_list and len(texts) == len(parts) else None
