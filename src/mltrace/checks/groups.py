"""Groups of rows before and after a step: which data frames to compare, how many rows each has."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy

from mltrace.checks.check import NotApplicable, Unmet
from mltrace.checks.column_values import is_null, values_of
from mltrace.checks.measures import table_of
from mltrace.checks.rows import row_hashes

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mltrace.checks.measures import Table


def output_of(variables: Mapping[str, Any], on: str | None) -> Table:
    """Take the data frame that a run put out.

    Raises
    ------
    NotApplicable
        If there is none.
    """
    name = "result" if on is None else on
    table = table_of(name, variables.get(name))
    if table is None:
        raise NotApplicable(f"no data frame {name!r} to look at; this check runs after a run")
    return table


def input_with(
    variables: Mapping[str, Any], column: str, *, named: str | None, output: str
) -> Table:
    """Take the data frame with a column that a run had as an input.

    Raises
    ------
    NotApplicable
        If there is none.
    Unmet
        If the one that is named lacks the column.
    """
    names = [named] if named is not None else [name for name in variables if name != output]
    tables = [table_of(name, variables.get(name)) for name in names]
    for table in tables:
        if table is not None and column in table.columns:
            return table
    if named is not None and any(tables):
        raise Unmet(f"{named}: no column {column!r}")
    looked = ", ".join(names) or "nothing"
    raise NotApplicable(f"no data frame with a column {column!r} before (looked at {looked})")


def groups_of(table: Table, column: str) -> Mapping[str | None, int]:
    """Count the rows of each group.

    Raises
    ------
    Unmet
        If the values of the column make no groups: times, lists.
    """
    values = values_of(table, column)
    if values is None:
        raise Unmet(f"{table.name}: {column!r} is of type {table.schema[column]}, not of groups")
    if values.kind != "number":
        return values.counts
    return _count(values.numbers)


def groups_by_key(
    before: Table, after: Table, column: str, *, key: Sequence[str]
) -> Mapping[str | None, int]:
    """Count the rows of each group where only the rows before tell the group, by a key of both.

    Raises
    ------
    Unmet
        If one of them lacks a column of the key.
    """
    for table in (before, after):
        lacking = [name for name in key if name not in table.columns]
        if lacking:
            raise Unmet(f"{table.name}: no column {lacking[0]!r}, by which rows are told apart")
    hashes, first = numpy.unique(row_hashes(before, key), return_index=True)
    places = numpy.searchsorted(hashes, wanted := row_hashes(after, key))
    places = numpy.minimum(places, len(hashes) - 1)
    is_found = hashes[places] == wanted
    found = before.frame.get_column(column).to_list()
    return Counter(_label(found[row]) for row in first[places[is_found]])


def _count(numbers: Any) -> Mapping[str | None, int]:
    values, counts = numpy.unique(numbers, return_counts=True)
    return {_label(value): int(count) for value, count in zip(values, counts, strict=True)}


def _label(value: Any) -> str | None:
    if is_null(value):
        return None
    return (
        f"{value:g}"
        if isinstance(value, int | float) and not isinstance(value, bool)
        else str(value)
    )
