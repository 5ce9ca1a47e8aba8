"""What of its tables a query needs: which columns, and of which rows it cannot do without.

It is worked out from how DuckDB parsed the query, and errs on the side of more: DuckDB applies all
conditions again. Columns are those of any name that the query mentions anywhere.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from mltrace.query.allowed import table_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from mltrace.query.allowed import Node, Parsed

_PLAIN_JOINS: Final = frozenset({"REGULAR", "CROSS", "DEPENDENT"})


class Needed(NamedTuple):
    """What a query needs of its tables.

    Attributes
    ----------
    columns : frozenset of str or None
        The names, in lower case, that it mentions; None if any column may be needed.
    equals : mapping of str to mapping of str to tuple
        By table and column, the texts one of which the column of a row has that matters.
    """

    columns: frozenset[str] | None
    equals: Mapping[str, Mapping[str, tuple[str, ...]]]


def find_needed(parsed: Parsed, params: Mapping[str, Any]) -> Needed:
    """Work out what a query needs of its tables.

    Parameters
    ----------
    params : mapping of str to Any
        The values of its parameters.
    """
    nodes = list(_all_nodes(parsed.tree["statements"][0]["node"]))
    return Needed(_columns(nodes), _equals(nodes, parsed, params))


def _all_nodes(parsed: Any) -> Iterator[Node]:
    waiting = [parsed]
    while waiting:
        one = waiting.pop()
        if isinstance(one, list):
            waiting += one
        elif isinstance(one, dict):
            yield one
            waiting += one.values()


def parameters_of(parsed: Any) -> set[str]:
    """Name the parameters that are in a query, or in a part of it."""
    nodes = _all_nodes(parsed)
    return {node["identifier"] for node in nodes if node.get("type") == "VALUE_PARAMETER"}


def _columns(nodes: list[Node]) -> frozenset[str] | None:
    tables: set[str] = set()
    whole: set[str] = set()
    names: set[str] = set()
    for node in nodes:
        kind = node.get("type")
        is_by_place = kind == "POSITIONAL_REFERENCE" or node.get("column_name_alias")
        if kind == "STAR" or is_by_place or node.get("ref_type") == "NATURAL":
            return None
        if kind == "COLUMN_REF":
            parts = [name.lower() for name in node["column_names"]]
            names.update(parts)
            whole.add(parts[-1])
        elif kind == "BASE_TABLE":
            tables |= {table_name(node), node["alias"].lower()}
        names.update(name.lower() for name in node.get("using_columns") or ())
    return None if whole & tables else frozenset(names)  # a table by itself is its whole row


def _equals(
    nodes: list[Node], parsed: Parsed, params: Mapping[str, Any]
) -> dict[str, dict[str, tuple[str, ...]]]:
    named = [table_name(node) for node in nodes if node.get("type") == "BASE_TABLE"]
    found: dict[str, dict[str, tuple[str, ...]]] = {}
    for node in nodes:
        if node.get("type") != "SELECT_NODE" or node.get("sample"):
            continue
        tables = list(_tables_of(node["from_table"]))
        by_alias = {one["alias"].lower() or table_name(one): table_name(one) for one in tables}
        once = {
            alias: name
            for alias, name in by_alias.items()
            if named.count(name) == 1 and name not in parsed.own
        }
        is_single = len(tables) == 1 and node["from_table"] is tables[0]
        for names, values in _conditions(node.get("where_clause"), params):
            alias = names[0] if len(names) == 2 else next(iter(by_alias)) if is_single else ""
            if len(names) <= 2 and alias in once:
                found.setdefault(once[alias], {}).setdefault(names[-1], values)
    return found


def _tables_of(node: Node) -> Iterator[Node]:
    """List the tables of a FROM whose rows can be left out before they are joined."""
    if node["type"] == "BASE_TABLE" and not node.get("sample"):
        yield node
    elif node["type"] == "JOIN" and node["ref_type"] in _PLAIN_JOINS:
        for side in ("left", "right"):
            yield from _tables_of(node[side])


def _conditions(
    condition: Node | None, params: Mapping[str, Any]
) -> Iterator[tuple[tuple[str, ...], tuple[str, ...]]]:
    """List what columns must be equal to: parts of their names, and texts."""
    if condition is None:
        return
    kind = condition.get("type")
    if kind == "CONJUNCTION_AND":
        for child in condition["children"]:
            yield from _conditions(child, params)
    elif kind == "COMPARE_EQUAL":
        for one, other in ("left", "right"), ("right", "left"):
            yield from _condition(condition[one], [condition[other]], params)
    elif kind == "COMPARE_IN":
        first, *others = condition["children"]
        yield from _condition(first, others, params)


def _condition(
    column: Node, others: list[Node], params: Mapping[str, Any]
) -> Iterator[tuple[tuple[str, ...], tuple[str, ...]]]:
    values = [text_of(other, params) for other in others]
    if column.get("type") == "COLUMN_REF" and all(value is not None for value in values):
        names = tuple(name.lower() for name in column["column_names"])
        yield names, tuple(value for value in values if value is not None)


def text_of(node: Node, params: Mapping[str, Any]) -> str | None:
    """Tell the text that an expression is: a constant, or a parameter; None for anything else."""
    if node.get("type") == "VALUE_PARAMETER":
        value = params.get(node["identifier"])
        return value if isinstance(value, str) else None
    literal = node.get("literal")
    if node.get("type") == "VALUE_CONSTANT" and isinstance(literal, dict):
        return literal["text"] if literal.get("kind") == "STRING" else None
    return None
