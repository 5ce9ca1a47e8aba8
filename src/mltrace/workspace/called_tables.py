"""Kept artifacts that a query in SQL calls as tables."""

from __future__ import annotations

import string
from typing import TYPE_CHECKING, Final

from mltrace.errors import ArgumentError, NotEvaluatedError
from mltrace.lineage.kept_tables import open_table
from mltrace.query.allowed import function_name
from mltrace.query.asking import Bounds, Called
from mltrace.query.calls import arguments_of
from mltrace.query.row_changes import changes_query, check_key, find_key

if TYPE_CHECKING:
    from collections.abc import Collection

    import pyarrow

    from mltrace.query.allowed import Node
    from mltrace.query.asking import Query
    from mltrace.query.calls import Value
    from mltrace.workspace import Workspace

_HEX: Final = frozenset(string.hexdigits)


def call_tables(workspace: Workspace, asked: Query, bounds: Bounds) -> None:
    """Load the tables that a query calls, and let it be answered by them.

    Raises
    ------
    ArgumentError
        If a call is wrong, or what it names is no table.
    NotEvaluatedError
        If a table has more rows, or takes more memory, than it may.
    """
    for number, call in enumerate(asked.parsed.calls, 1):
        values = arguments_of(call, asked.params, text=asked.text)
        loading = _Loading(workspace, asked.needed.columns, bounds)
        name = f"{function_name(call)}_{number}"
        while name in asked.parsed.own:
            name += "_"
        asked.replace(call, loading.answer(call, name, values))


class _Loading:
    def __init__(
        self, workspace: Workspace, columns: Collection[str] | None, bounds: Bounds
    ) -> None:
        self._workspace, self._columns, self._bounds = workspace, columns, bounds

    def answer(self, call: Node, name: str, values: list[Value]) -> Called:
        """Load what a call stands for."""
        if function_name(call) != "changes":
            at = values[1] if len(values) > 1 else None
            return Called(name, {name: self._load(values[0], at, self._columns)})
        before, after = (self._version(values[0], value) for value in values[1:3])
        if len(values) > 3:
            given = values[3]
            key = check_key(given if isinstance(given, list) else [str(given)], before, after)
        else:
            key = find_key(before, after)
        tables = (f"{name}_before", f"{name}_after")
        query = changes_query(tables, (before.column_names, after.column_names), key)
        return Called(
            name,
            dict(zip(tables, (before, after), strict=True)),
            f"CREATE TEMP VIEW {name} AS {query}",
        )

    def _version(self, name: Value, which: Value) -> pyarrow.Table:
        """Load one of the versions that are compared: by digest, time, or whatever names one."""
        if isinstance(which, str) and which and _HEX.issuperset(which):
            return self._load(f"{name}@{which}", None, None)
        if isinstance(which, str) and "@" in which:
            return self._load(which, None, None)
        return self._load(name, which, None)

    def _load(
        self, name: Value, at: Value | None, columns: Collection[str] | None
    ) -> pyarrow.Table:
        import pyarrow

        if not isinstance(name, str) or isinstance(at, list):
            raise ArgumentError(f"{name!r} names no artifact; give its name, or name@digest.")
        rows = open_table(self._workspace.artifact(name, at=at))
        wanted = [one for one in rows.types if columns is None or one.lower() in columns]
        wanted = wanted or list(rows.types)[:1]
        empty = pyarrow.schema([(one, rows.types[one]) for one in wanted]).empty_table()
        parts, num_rows, num_bytes = [empty], 0, 0
        for part in rows.read(wanted):
            parts.append(part.cast(empty.schema))
            num_rows, num_bytes = num_rows + part.num_rows, num_bytes + part.nbytes
            if num_rows > self._bounds.num_rows_read:
                raise NotEvaluatedError(
                    f"{name} has more than {self._bounds.num_rows_read:,} rows, which a query "
                    "may read."
                )
            if num_bytes > self._bounds.memory_mib * 1024 * 1024:
                raise NotEvaluatedError(
                    f"{name} takes more than {self._bounds.memory_mib} MiB; name fewer columns, or "
                    "allow more memory."
                )
        return pyarrow.concat_tables(parts)
