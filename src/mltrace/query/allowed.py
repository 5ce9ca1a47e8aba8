"""Tells of a query which tables it names, and refuses what is no plain question.

DuckDB parses it; of what it is parsed into, all that is not known to only read is refused.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec

from mltrace.errors import ArgumentError, nearest

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    Node = dict[str, Any]

_KNOWN: Final = frozenset(
    {
        *("SELECT_NODE", "SET_OPERATION_NODE", "RECURSIVE_CTE_NODE", "CTE_NODE"),
        *("BASE_TABLE", "SUBQUERY", "JOIN", "TABLE_FUNCTION", "EXPRESSION_LIST", "EMPTY"),
        *("ORDER_MODIFIER", "LIMIT_MODIFIER", "LIMIT_PERCENT_MODIFIER", "DISTINCT_MODIFIER"),
    }
)
"""What a query may be made of, beside expressions."""
KEPT_CALLS: Final = ("artifact", "artifact_at", "changes")
"""What is called as a table and is one of the kept artifacts."""
_TABLE_FUNCTIONS: Final = frozenset({"range", "generate_series", "unnest", *KEPT_CALLS})
_OF_DUCKDB: Final = ("duckdb_", "pragma_", "pg_", "sqlite_")
"""How views begin that DuckDB has of itself; a query's own table must not stand for one."""
ONLY_VIEWS: Final = (
    "Only views can be described: SHOW TABLES lists them, DESCRIBE runs the columns of one. A "
    "query with LIMIT 0 names its columns, FROM profiles tells what columns hold."
)
"""Why nothing else is described, and what to ask instead."""
_TOLD: Final = "FROM views and FROM columns tell what there is."
_LEAVES: Final = frozenset({"type_info", "literal", "cast_type"})
"""What has types of another sort below it."""


class Parsed(NamedTuple):
    """A query that is a plain question.

    Attributes
    ----------
    tree : dict
        What DuckDB parsed it into; calls are nodes of it.
    tables : tuple of str
        The tables of the store that it names, each once.
    calls : tuple of dict
        Where it calls kept artifacts as tables.
    own : frozenset of str
        The names that it gives to tables of its own.
    """

    tree: Node
    tables: tuple[str, ...]
    calls: tuple[Node, ...]
    own: frozenset[str]


_NO_SELECT: Final = "Only SELECT statements can be serialized"
"""How DuckDB refuses to parse what is none."""


def check_parsed(parsed: str | bytes, known: Collection[str], *, text: str = "") -> Parsed:
    """Check a query, and tell what it names.

    Parameters
    ----------
    parsed : str or bytes
        The query, as DuckDB's `json_serialize_sql` tells it.
    known : collection of str
        The tables that there are, in lower case.
    text : str, default ''
        The query as it was written, in which messages point at what is wrong.

    Raises
    ------
    ArgumentError
        If it is not one `SELECT`, names another table, or holds what is not known to only read.
    """
    try:
        answer = msgspec.json.decode(parsed)
    except RecursionError:
        raise ArgumentError(
            "The query is nested too deeply; write fewer expressions within each other."
        ) from None
    if answer.get("error"):
        pointed = point_at(text, int(answer.get("position") or -1))
        said = answer["error_message"]
        if said.startswith(_NO_SELECT):
            said = f"Only SELECT can be asked: the store is read, never written. {_TOLD}"
        raise ArgumentError(f"The query cannot be asked: {said}{pointed}")
    statements = answer["statements"]
    if not statements:
        raise ArgumentError("The query is empty; give one SELECT, such as 'FROM runs'.")
    if len(statements) != 1:
        raise ArgumentError(f"The query is {len(statements)} statements; give one SELECT.")
    nodes = list(_nodes(statements[0]["node"]))
    own = {entry["key"] for node in nodes for entry in node.get("cte_map", {}).get("map", ())}
    own |= {node["cte_name"] for node in nodes if "cte_name" in node}
    own = {name.lower() for name in own}
    if taken := sorted(name for name in own if name.startswith(_OF_DUCKDB)):
        raise ArgumentError(f"The query names a table of its own {taken[0]!r}; give it another.")
    tables: dict[str, None] = {}
    for node in nodes:
        _check(node)
        if node["type"] == "BASE_TABLE":
            is_qualified = node["catalog_name"] or node["schema_name"]
            name = _table(node, known if is_qualified else {*known, *own}, text)
            if name in known:
                tables[name] = None
    calls = (node for node in nodes if node["type"] == "TABLE_FUNCTION")
    kept = tuple(node for node in calls if function_name(node) in KEPT_CALLS)
    return Parsed(answer, tuple(tables), kept, frozenset(own))


def function_name(call: Node) -> str:
    """Name the function that is called as a table."""
    name: str = call["function"].get("function_name", "")
    return name.lower()


def table_name(node: Node) -> str:
    """Name the table of a node, in lower case, as DuckDB compares names."""
    path = [node["catalog_name"], node["schema_name"], node["table_name"]]
    return ".".join(part for part in path if part).lower()


def _nodes(parsed: Any) -> Iterator[Node]:
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


def _check(node: Node) -> None:
    kind = node["type"]
    if kind == "SHOW_REF":
        raise ArgumentError(ONLY_VIEWS)
    if kind not in _KNOWN:
        raise ArgumentError(f"The query holds a {kind}; only SELECT over tables is accepted.")
    if kind == "TABLE_FUNCTION" and function_name(node) not in _TABLE_FUNCTIONS:
        accepted = ", ".join(sorted(_TABLE_FUNCTIONS))
        raise ArgumentError(
            f"The query calls {function_name(node)}() as a table, which it must not; accepted: "
            f"{accepted}.{_instead(function_name(node))}"
        )


def _table(node: Node, known: Collection[str], text: str) -> str:
    name = table_name(node)
    if name not in known:
        meant = nearest(name, known, limit=1)
        said = f" Did you mean {meant[0]!r}?" if meant else ""
        raise ArgumentError(
            f"The query names the table {name!r}, which there is not.{said}{_instead(name)} "
            f"There are: {', '.join(sorted(known))}.{point_at(text, node['query_location'])}"
        )
    return name


def _instead(name: str) -> str:
    """Say what tells of tables and columns here, if that is what a name of DuckDB would tell."""
    return f" {_TOLD}" if name.startswith((*_OF_DUCKDB, "information_schema.")) else ""


def point_at(text: str, place: int) -> str:
    r"""Show the line of a query in which a place is, and that with a caret.

    Examples
    --------
    >>> print(point_at("select 1\nfrom runz", 14))
    <BLANKLINE>
    LINE 2: from runz
                 ^
    """
    if not 0 <= place < len(text):
        return ""
    number, start = text.count("\n", 0, place) + 1, text.rfind("\n", 0, place) + 1
    head = f"LINE {number}: "
    shown = text[start:].partition("\n")[0]
    return f"\n{head}{shown}\n{' ' * (len(head) + place - start)}^"
