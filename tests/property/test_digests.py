"""Digests depend on the values and on nothing else, for any values Hypothesis can think of."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy
import pandas
import polars
import pyarrow
from hypothesis import given, settings
from hypothesis import strategies as st

from mltrace.values.kinds import recognise

COLUMNS = {
    "int8": st.integers(-128, 127),
    "uint16": st.integers(0, 65_535),
    "int64": st.integers(-(2**63), 2**63 - 1),
    "float": st.floats(width=32, allow_nan=False),
    "double": st.floats(),
    "bool": st.booleans(),
    "string": st.text(max_size=5),
    "binary": st.binary(max_size=5),
    "timestamp[us]": st.datetimes(dt.datetime(1700, 1, 1), dt.datetime(2200, 1, 1)),
    "date32[day]": st.dates(dt.date(1700, 1, 1), dt.date(2200, 1, 1)),
}


@st.composite
def arrow_columns(draw: st.DrawFn) -> pyarrow.Array:
    name = draw(st.sampled_from(sorted(COLUMNS)))
    items = draw(st.lists(st.none() | COLUMNS[name], min_size=1, max_size=12))
    return pyarrow.array(items, pyarrow.type_for_alias(name))


@st.composite
def tables(draw: st.DrawFn) -> pyarrow.Table:
    num_rows = draw(st.integers(1, 8))
    # Names with a NUL in them included: not every library takes those.
    names = draw(st.lists(st.text(min_size=1, max_size=3), min_size=1, max_size=4, unique=True))
    columns = {}
    for name in names:
        kind = draw(st.sampled_from(sorted(COLUMNS)))
        items = st.lists(st.none() | COLUMNS[kind], min_size=num_rows, max_size=num_rows)
        columns[name] = pyarrow.array(draw(items), pyarrow.type_for_alias(kind))
    return pyarrow.table(columns)


def digest(value: Any) -> str:
    kind = recognise(value)
    assert kind is not None
    found = kind.describe(value)
    assert found.digest is not None, found.reason
    return found.digest


def is_exact_in_pandas(table: pyarrow.Table) -> bool:
    # Pandas turns integers with nulls into floats, which do not hold all of them.
    for column in table.columns:
        if pyarrow.types.is_integer(column.type) and column.null_count:
            items = [abs(item) for item in column.to_pylist() if item is not None]
            if max(items, default=0) > 2**53:
                return False
    return True


@given(tables())
@settings(deadline=None, max_examples=60)
def test_round_trips_keep_the_digest(table: pyarrow.Table) -> None:
    expected = digest(table)
    assert digest(polars.from_arrow(table)) == expected
    if is_exact_in_pandas(table):
        frame = table.to_pandas()
        assert digest(frame) == expected
        assert digest(pyarrow.Table.from_pandas(frame)) == expected


@given(tables(), st.data())
@settings(deadline=None, max_examples=60)
def test_chunks_and_slices_keep_the_digest(table: pyarrow.Table, data: st.DataObject) -> None:
    cut = data.draw(st.integers(0, table.num_rows))
    start = data.draw(st.integers(0, table.num_rows))
    rechunked = pyarrow.concat_tables([table.slice(0, cut), table.slice(cut)])
    assert digest(rechunked) == digest(table)
    fresh = pyarrow.Table.from_pylist(table.slice(start).to_pylist(), table.schema)
    assert digest(table.slice(start)) == digest(fresh)
    assert digest(rechunked.slice(start)) == digest(fresh)


def same(left: Any, right: Any) -> bool:
    missing = [item is None or item != item for item in (left, right)]
    if any(missing):
        return all(missing)
    return bool(left == right) and str(left) == str(right)


@given(arrow_columns(), st.data())
@settings(deadline=None, max_examples=150)
def test_one_changed_cell_changes_the_digest(column: pyarrow.Array, data: st.DataObject) -> None:
    items = column.to_pylist()
    place = data.draw(st.integers(0, len(items) - 1))
    cell = data.draw(st.none() | COLUMNS[str(column.type)])
    changed = pyarrow.array([*items[:place], cell, *items[place + 1 :]], column.type)
    is_same = same(changed.to_pylist()[place], items[place])
    assert (digest(changed) == digest(column)) == is_same


@given(st.lists(st.floats(), max_size=30), st.integers(1, 5))
@settings(deadline=None, max_examples=60)
def test_arrays_are_digested_by_value(items: list[float], step: int) -> None:
    array = numpy.repeat(numpy.array(items, "f8"), step)
    assert digest(array[::step]) == digest(array[::step].copy())
    assert digest(array.astype(">f8").astype("<f8")) == digest(array)


@given(st.lists(st.sampled_from(["a", "b", "c"]), min_size=1))
@settings(deadline=None, max_examples=40)
def test_categories_are_their_values(items: list[str]) -> None:
    coded = pandas.DataFrame({"k": pandas.Categorical(items, ["c", "unused", "b", "a"])})
    assert digest(coded) == digest(pandas.DataFrame({"k": items}))
