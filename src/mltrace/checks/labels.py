"""Where the labels of a run are: a column of a data frame, or a variable of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mltrace.checks.check import NotApplicable
from mltrace.checks.measures import table_of, tables_among
from mltrace.checks.vectors import Vector, as_vector, vector_named

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mltrace.checks.measures import Table


def labels_among(
    variables: Mapping[str, Any], label: str, on: str | None
) -> list[tuple[str, Vector]]:
    """Find the labels, each with a name to say where.

    Parameters
    ----------
    variables : mapping of str to object
        The variables of a run.
    label : str
        A column of the data frames that a check looks at, else a variable.
    on : str or None
        As in `tables_among`.

    Raises
    ------
    NotApplicable
        If they are nowhere.
    """
    found = [
        (f"{table.name}: {label!r}", vector)
        for table in _tables(variables, on)
        if label in table.columns and (vector := _column(table, label)) is not None
    ]
    return found or [(label, vector_named(variables, label))]


def labelled_tables(
    variables: Mapping[str, Any], label: str, on: str | None
) -> list[tuple[Table, Vector]]:
    """Find the data frames whose rows have labels, in a column or in a variable as long as they.

    Raises
    ------
    NotApplicable
        If there is none.
    """
    tables = _tables(variables, on)
    within = [
        (table, vector)
        for table in tables
        if label in table.columns and (vector := _column(table, label)) is not None
    ]
    if within:
        return within
    vector = vector_named(variables, label)
    beside = [(table, vector) for table in tables if table.num_rows == len(vector)]
    if not beside:
        raise NotApplicable(f"no data frame of {len(vector):,} rows, as many as {label!r} has")
    return [(table, one) for table, one in beside if table.name != label]


def _tables(variables: Mapping[str, Any], on: str | None) -> list[Table]:
    """List the data frames to look at; all of the run where its result is none."""
    try:
        return tables_among(variables, on)
    except NotApplicable:
        if on is not None:
            raise
    return [table for name, one in variables.items() if (table := table_of(name, one)) is not None]


def _column(table: Table, label: str) -> Vector | None:
    return table.once(("vector", label), lambda: as_vector(table.frame[label].to_native()))
