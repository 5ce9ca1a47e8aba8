"""Tells which rows of two tables differ, by a key: as a query in DuckDB's SQL."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING, Final

from mltrace.errors import ArgumentError, nearest
from mltrace.query.view import quoted

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyarrow

_MOST_IN_PAIRS: Final = 12
"""Columns of which pairs are tried as a key."""
_HERE: Final = '"has a row"'
_SIDE: Final = '(SELECT true AS "has a row", * FROM {name})'
_CHANGES: Final = (
    "SELECT {chosen} FROM {old} AS old FULL JOIN {new} AS new ON {matched} WHERE {where}"
)


def find_key(before: pyarrow.Table, after: pyarrow.Table) -> tuple[str, ...]:
    """Find a column, or a pair of columns, that has no nulls and no repeats in either table.

    Raises
    ------
    ArgumentError
        If there is none.

    Examples
    --------
    >>> import pyarrow
    >>> table = pyarrow.table({"origin": ["EWR", "EWR", "JFK"], "hour": [1, 2, 1]})
    >>> find_key(table, table)
    ('origin', 'hour')
    """
    shared = [name for name in before.column_names if name in after.column_names]
    singles = [name for name in shared if _may_be_key(before, name) and _may_be_key(after, name)]
    pairs = combinations(singles[:_MOST_IN_PAIRS], 2)
    for key in [*((name,) for name in singles), *pairs]:
        if is_key(before, key) and is_key(after, key):
            return key
    raise ArgumentError(
        "No column, nor a pair of columns, tells the rows of both versions apart; give the key: "
        "changes('features', 'ab12', 'cd34', ['origin', 'hour'])."
    )


def check_key(key: Sequence[str], *tables: pyarrow.Table) -> tuple[str, ...]:
    """Check that all tables have the columns of a key, and no two rows with the same ones.

    Raises
    ------
    ArgumentError
        If it is not so.
    """
    for table in tables:
        for name in key:
            if name not in table.column_names:
                meant = nearest(name, table.column_names, limit=1)
                said = f" Did you mean {meant[0]!r}?" if meant else ""
                raise ArgumentError(f"The key column {name!r} is not in both versions.{said}")
        if not is_key(table, key):
            raise ArgumentError(
                f"The columns {', '.join(key)} are no key: rows have the same ones, or nulls."
            )
    return tuple(key)


def is_key(table: pyarrow.Table, names: Sequence[str]) -> bool:
    """Tell whether columns have no nulls, and no two rows the same ones."""
    if any(table[name].null_count for name in names):
        return False
    num_different: int = table.select(list(names)).group_by(list(names)).aggregate([]).num_rows
    return num_different == int(table.num_rows)


def _may_be_key(table: pyarrow.Table, name: str) -> bool:
    from pyarrow import types

    kind = table.schema.field(name).type
    return not (types.is_floating(kind) or types.is_nested(kind))


def changes_query(
    tables: tuple[str, str], columns: tuple[Sequence[str], Sequence[str]], key: Sequence[str]
) -> str:
    """Write the query that has a row for each row that differs.

    Parameters
    ----------
    tables : tuple of str
        The names of the tables before and after.
    columns : tuple of sequence of str
        Their columns.
    key : sequence of str
        The columns by which rows are the same.
    """
    old, new = ([name for name in names if name not in key] for names in columns)
    differs = {name: f"old.{quoted(name)} IS DISTINCT FROM new.{quoted(name)}" for name in old}
    differs |= {name: f"new.{quoted(name)} IS NOT NULL" for name in new if name not in old}
    differs |= {name: f"old.{quoted(name)} IS NOT NULL" for name in old if name not in new}
    is_gone, is_new = f"new.{_HERE} IS NULL", f"old.{_HERE} IS NULL"
    changed = " || ".join(
        f"CASE WHEN {test} THEN [{_text(name)}] ELSE [] END" for name, test in differs.items()
    )
    any_changed = " OR ".join([is_gone, is_new, *differs.values()])
    keys = [f"coalesce(old.{quoted(name)}, new.{quoted(name)}) AS {quoted(name)}" for name in key]
    chosen = [
        f"CASE WHEN {is_new} THEN 'added' WHEN {is_gone} THEN 'removed' ELSE 'changed' END "
        "AS change",
        *keys,
        f"CASE WHEN {is_new} OR {is_gone} THEN CAST([] AS VARCHAR[]) "
        f"ELSE CAST([] AS VARCHAR[]) || {changed or '[]'} END AS changed",
        f"{_struct('old', old, is_new)} AS before",
        f"{_struct('new', new, is_gone)} AS after",
    ]
    matched = " AND ".join(f"old.{quoted(name)} = new.{quoted(name)}" for name in key)
    old_rows, new_rows = (_SIDE.format(name=quoted(name)) for name in tables)
    return _CHANGES.format(
        chosen=", ".join(chosen), old=old_rows, new=new_rows, matched=matched, where=any_changed
    )


def _struct(side: str, names: Sequence[str], is_missing: str) -> str:
    packed = ", ".join(f"{quoted(name)} := {side}.{quoted(name)}" for name in names)
    return f"CASE WHEN {is_missing} THEN NULL ELSE struct_pack({packed}) END" if packed else "NULL"


def _text(name: str) -> str:
    return "'{}'".format(name.replace("'", "''"))
