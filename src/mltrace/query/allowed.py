"""Tells of a query which tables it names, and refuses what is no plain question.

DuckDB parses it; of what it is parsed into, all that is not known to only read is refused.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from mltrace.errors import ArgumentError, nearest

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

_KNOWN: Final = frozenset(
    {
        *("SELECT_NODE", "SET_OPERATION_NODE", "RECURSIVE_CTE_NODE", "CTE_NODE"),
        *("BASE_TABLE", "SUBQUERY", "JOIN", "TABLE_FUNCTION", "EXPRESSION_LIST", "EMPTY"),
        *("ORDER_MODIFIER", "LIMIT_MODIFIER", "LIMIT_PERCENT_MODIFIER", "DISTINCT_MODIFIER"),
    }
)
"""What a query may be made of, beside expressions."""
_TABLE_FUNCTIONS: Final = frozenset({"range", "generate_series", "unnest"})
_LEAVES: Final = frozenset({"type_info", "literal", "cast_type"})
"""What has types of another sort below it."""


def named_tables(parsed: str, known: Collection[str]) -> list[str]:
    """List the tables of a store that a query names.

    Parameters
    ----------
    parsed : str
        The query, as DuckDB's `json_serialize_sql` tells it.
    known : collection of str
        The tables that there are.

    Raises
    ------
    ArgumentError
        If it is not one `SELECT`, names another table, or holds what is not known to only read.
    """
    answer = msgspec.json.decode(parsed)
    if answer.get("error"):
        raise ArgumentError(f"The query cannot be asked: {_first_line(answer['error_message'])}")
    statements = answer["statements"]
    if len(statements) != 1:
        raise ArgumentError(f"The query is {len(statements)} statements; give one SELECT.")
    nodes = list(_nodes(statements[0]["node"]))
    own = {entry["key"] for node in nodes for entry in node.get("cte_map", {}).get("map", ())}
    own |= {node["cte_name"] for node in nodes if "cte_name" in node}
    tables: dict[str, None] = {}
    for node in nodes:
        _check(node)
        if node["type"] == "BASE_TABLE":
            name = _table(node, {*known, *own})
            if name in known:
                tables[name] = None
    return list(tables)


def _nodes(parsed: Any) -> Iterator[dict[str, Any]]:
    """Walk over all that is no expression."""
    waiting = [parsed]
    while waiting:
        one = waiting.pop()
        if isinstance(one, list):
            waiting += one
        elif isinstance(one, dict):
            is_order = "null_order" in one  # its type is that of an order, ascending or not
            if isinstance(one.get("type"), str) and "class" not in one and not is_order:
                yield one
            waiting += [value for key, value in one.items() if key not in _LEAVES]


def _check(node: dict[str, Any]) -> None:
    kind = node["type"]
    if kind not in _KNOWN:
        raise ArgumentError(f"The query holds a {kind}; only SELECT over tables is accepted.")
    if kind == "TABLE_FUNCTION":
        name = node["function"].get("function_name", "")
        if name not in _TABLE_FUNCTIONS:
            accepted = ", ".join(sorted(_TABLE_FUNCTIONS))
            raise ArgumentError(
                f"The query calls {name}() as a table, which it must not; accepted: {accepted}."
            )


def _table(node: dict[str, Any], known: Collection[str]) -> str:
    path = [node["catalog_name"], node["schema_name"], node["table_name"]]
    name: str = ".".join(part for part in path if part)
    if name not in known:
        meant = nearest(name, known, limit=1)
        said = f" Did you mean {meant[0]!r}?" if meant else ""
        raise ArgumentError(
            f"The query names the table {name!r}, which there is not.{said} There are: "
            f"{', '.join(sorted(known))}."
        )
    return name


def _first_line(message: str) -> str:
    return message.strip().partition("\n")[0]
