"""Where a journey begins: which rows of which table are meant."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy

from mltrace.errors import ArgumentError, UnknownNameError, unknown
from mltrace.lineage.journeys.correspondence import ENOUGH
from mltrace.lineage.journeys.keyed_tables import is_exact
from mltrace.lineage.journeys.opening import NOT_THERE, Missing
from mltrace.lineage.journeys.plain_values import hash_of_value

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from mltrace.lineage.journeys.keyed_tables import KeyedTable
    from mltrace.lineage.journeys.opening import Tables
    from mltrace.records import ArtifactRef, TraceStep
    from mltrace.records.journeys import KeySource

    Places = NDArray[numpy.intp]
    Key = Mapping[str, Any]


class Start(NamedTuple):
    """Rows of a table with which a journey begins."""

    ref: ArtifactRef
    places: Places
    keys: tuple[str, ...]
    found_by: KeySource


def start_of_artifact(tables: Tables, ref: ArtifactRef, key: Key) -> Start:
    """Find the rows of a table that have a key; without one, its only row.

    Raises
    ------
    ArgumentError
        If the artifact is no table, or it is not said which of its rows is meant.
    ValueNotKeptError, UntrustedValueError, UnreadableDataError, StoreCorruptError
        If it cannot be read again.
    UnknownNameError
        If it has no such column.
    """
    table = tables.open_or_raise(ref)
    for column in key:
        if column not in table.types:
            few = ", ".join([*table.types][:10])
            raise unknown("column", column, table.types, hint=f"Columns: {few}.")
    if not key and table.num_rows != 1:
        few = ", ".join([*table.types][:10])
        raise ArgumentError(
            f"{ref.name!r} has {table.num_rows:,} rows; say which one by values of its columns, "
            f"key={{column: value}} (--key COLUMN=VALUE). Columns: {few}."
        )
    return Start(ref, find_rows(table, key), tuple(key), "given")


def find_rows(table: KeyedTable, key: Key) -> Places:
    """Find the rows of a table that have a key; none if a value cannot be in its column."""
    wanted = {name: hash_of_value(value, table.types[name]) for name, value in key.items()}
    known = {name: hashes for name, hashes in wanted.items() if hashes is not None}
    if len(known) < len(wanted):
        return numpy.zeros(0, numpy.intp)
    return table.find_equal(known) if known else numpy.arange(table.num_rows)


def start_of_id(
    tables: Tables, refs: Iterable[ArtifactRef], output_id: str, *, others: Sequence[str] = ()
) -> list[Start]:
    """Find the rows of tables in which an output id stands, in a column of distinct values.

    Of several such columns of a table it is the one that has most of the other ids.
    """
    found = []
    for ref in refs:
        table = tables.open(ref)
        if isinstance(table, Missing):
            continue
        columns = _columns_with(table, output_id)
        if columns:
            if len(columns) > 1:
                num_others = {name: _count(table, name, others) for name in columns}
                name = max(columns, key=num_others.__getitem__)
            else:
                name = next(iter(columns))
            found.append(Start(ref, columns[name], (name,), "id"))
    return found


def _columns_with(table: KeyedTable, output_id: str) -> dict[str, Places]:
    """Find the columns of distinct values in which an id stands, and where."""
    found = {}
    for name, kind in table.types.items():
        if not is_exact(name, kind):
            continue
        hashes = hash_of_value(output_id, kind)
        if hashes is None or table.uniqueness([name]) < ENOUGH:
            continue
        places = table.find_equal({name: hashes})
        if len(places):
            found[name] = places
    return found


def _count(table: KeyedTable, name: str, ids: Iterable[str]) -> int:
    """Count the ids that are in a column."""
    known = [hash_of_value(one, table.types[name]) for one in ids]
    hashes = [one for one in known if one is not None]
    return len(table.find([name], numpy.concatenate(hashes))) if hashes else 0


def start_of_run(tables: Tables, refs: Iterable[ArtifactRef], key: Key) -> list[Start]:
    """Find the rows that have a key among some tables of a run; of damaged ones none."""
    found = []
    for ref in refs:
        table = tables.open(ref)
        if isinstance(table, Missing) or not set(key) <= set(table.types):
            continue
        with suppress(*NOT_THERE):
            places = find_rows(table, key)
            if len(places):
                found.append(Start(ref, places, tuple(key), "given"))
    return found


def start_upstream(
    tables: Tables, steps: Sequence[TraceStep], key: Key
) -> list[tuple[TraceStep, Start]]:
    """Find the nearest runs that still read rows of a key which what they wrote has no more."""
    nearest = None
    found = []
    for step in steps:
        if nearest is not None and step.depth > nearest:
            break
        for start in start_of_run(tables, step.reads, key):
            nearest = step.depth
            found.append((step, start))
    return found


def no_rows(name: str, key: Key) -> UnknownNameError:
    """Make the error that nothing has a key: neither a table nor what it was made of."""
    columns = " and ".join(key)
    return UnknownNameError(
        f"No row of {name!r} has the {columns} that was given, nor has any kept table upstream; "
        "see which there are: mltrace artifact NAME --save PATH."
    )
