"""Where a journey begins: which rows of which table are meant."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy

from mltrace.errors import ArgumentError, UnknownNameError, unknown
from mltrace.lineage.journeys.id_columns import find_id, id_columns
from mltrace.lineage.journeys.key_types import whole_text
from mltrace.lineage.journeys.opening import NOT_THERE, Missing
from mltrace.lineage.journeys.plain_values import hash_of_value
from mltrace.profiles.hashing import hash_numbers

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from mltrace.lineage.journeys.keyed_tables import KeyedTable
    from mltrace.lineage.journeys.opening import Tables
    from mltrace.records import ArtifactRef
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
    has_it = numpy.ones(table.num_rows, numpy.bool_)
    for name, value in key.items():
        has_it &= _has_value(table, name, value)
    return numpy.flatnonzero(has_it)


def _has_value(table: KeyedTable, name: str, value: Any) -> NDArray[numpy.bool_]:
    """Tell which rows have a value in a column; a whole number may be written in another way."""
    found = numpy.zeros(table.num_rows, numpy.bool_)
    wanted = hash_of_value(value, table.types[name])
    if wanted is not None:
        found |= table.hashes(name) == wanted
    whole = whole_text(str(value))  # that of no boolean is one
    if whole is not None and not found.any() and table.key_type(name) == "text":
        number = hash_numbers(numpy.array([int(whole)]))
        found |= table.is_whole(name) and table.hashes(name, as_value=True) == number
    return found


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
    for name in id_columns(table):
        places = find_id(table, name, output_id)
        if len(places):
            found[name] = places
    return found


def _count(table: KeyedTable, name: str, ids: Iterable[str]) -> int:
    """Count the ids that are in a column."""
    return sum(len(find_id(table, name, one)) > 0 for one in ids)


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


def no_rows(name: str, key: Key) -> UnknownNameError:
    """Make the error that nothing has a key: neither a table nor what it was made of."""
    columns = " and ".join(key)
    return UnknownNameError(
        f"No row of {name!r} has the {columns} that was given, nor has any kept table upstream; "
        "see which there are: mltrace artifact NAME --save PATH."
    )
