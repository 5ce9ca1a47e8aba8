"""Sums over pairs of columns of all kinds: the same however rows are parted, and what they are."""

from __future__ import annotations

import functools
import itertools
from typing import TYPE_CHECKING, Any

import numpy
import pyarrow
from hypothesis import given, settings
from hypothesis import strategies as st

from mltrace.profiles.entries import MAX_COLUMNS, Entry, codes_of
from mltrace.profiles.hashing import hash_texts
from mltrace.profiles.pearson import Comoments
from mltrace.profiles.profiling import profile_table
from mltrace.profiles.tables import Profile

if TYPE_CHECKING:
    from collections.abc import Iterable

_ENTRIES = (
    Entry("at", is_code=True),
    Entry("carrier", is_code=True),
    Entry("delay"),
    Entry("is_late", is_code=True),
    Entry("price"),
)
_SQUARES = ("num_rows", "mean", "m2", "products")
_COLUMNS = {
    "price": pyarrow.float64(),
    "at": pyarrow.timestamp("ms", "UTC"),
    "carrier": pyarrow.string(),
    "is_late": pyarrow.bool_(),
    "delay": pyarrow.float64(),
}


def _table(seed: int, num_rows: int, null_rate: float) -> pyarrow.Table:
    make = numpy.random.default_rng(seed)
    delay = make.gamma(2, 20, num_rows)
    columns = {
        "price": 1e5 + delay + make.normal(size=num_rows),
        "at": make.integers(1_600_000_000_000, 1_700_000_000_000, num_rows),
        "carrier": make.choice(["AA", "DL", "", "a longer name"], num_rows),
        "is_late": delay > 50,
        "delay": numpy.where(make.random(num_rows) < 0.1, numpy.nan, delay),
    }
    gaps = {name: make.random(num_rows) < null_rate for name in columns}
    return pyarrow.table(
        {
            name: pyarrow.array(columns[name].tolist(), kind, mask=gaps[name])
            for name, kind in _COLUMNS.items()
        }
    )


tables = st.builds(
    _table,
    st.integers(0, 10_000),
    st.integers(1, 1_500),
    st.sampled_from([0.0, 0.05, 0.5, 0.95, 1.0]),
)
cuts = st.lists(st.floats(0, 1), min_size=1, max_size=6)


def _numbers(table: pyarrow.Table) -> list[Any]:
    """Tell by other means what is taken for each value."""
    held = {name: table[name].to_pylist() for name in table.column_names}
    codes = codes_of(hash_texts(pyarrow.array([text or "" for text in held["carrier"]])))
    taken = {
        "at": [time and time.timestamp() for time in held["at"]],
        "carrier": [None if text is None else codes[at] for at, text in enumerate(held["carrier"])],
    }
    return [numpy.array((held | taken)[entry.name], numpy.float64) for entry in _ENTRIES]


def _parts(table: pyarrow.Table, places: list[float]) -> list[Comoments]:
    ends = sorted({0, len(table), *(int(place * len(table)) for place in places)})
    parts = [table.slice(start, end - start) for start, end in itertools.pairwise(ends)]
    return [profile_table(part).comoments for part in parts]


def _merged(parts: Iterable[Comoments]) -> Comoments:
    return functools.reduce(Comoments.merge, parts, Comoments())


def _assert_close(one: Comoments, other: Comoments, spreads: Any) -> None:
    assert one.entries == other.entries
    assert numpy.array_equal(one.num_rows, other.num_rows)
    own, both = spreads[:, None], spreads[:, None] * spreads
    num = numpy.maximum(one.num_rows, 1)
    assert (abs(one.mean - other.mean) <= 1e-9 * own + 1e-12).all()
    assert (abs(one.m2 - other.m2) <= 1e-9 * num * own**2 + 1e-12).all()
    assert (abs(one.products - other.products) <= 1e-9 * num * both + 1e-12).all()


def _truth(columns: list[Any]) -> Comoments:
    squares = numpy.zeros((4, len(columns), len(columns)))
    for (i, x), (j, y) in itertools.product(enumerate(columns), repeat=2):
        has = numpy.isfinite(x) & numpy.isfinite(y)
        if has.any():
            a, b = x[has] - x[has].mean(), y[has] - y[has].mean()
            squares[:, i, j] = has.sum(), x[has].mean(), a @ a, a @ b
    return Comoments(_ENTRIES, *squares)


def _spreads(columns: list[Any]) -> Any:
    held = [column[numpy.isfinite(column)] for column in columns]
    return numpy.array([numpy.ptp(one) if len(one) else 0.0 for one in held])


@settings(max_examples=60, deadline=None)
@given(tables, cuts)
def test_sums_are_those_of_the_rows_however_they_are_parted(
    table: pyarrow.Table, places: list[float]
) -> None:
    columns = _numbers(table)
    spreads, truth = _spreads(columns), _truth(columns)
    parts = _parts(table, places)
    for found in (profile_table(table).comoments, _merged(parts), _merged(reversed(parts))):
        _assert_close(found, truth, spreads)


@settings(max_examples=30, deadline=None)
@given(tables, tables, tables)
def test_merging_is_associative_whatever_columns_the_partitions_have(
    first: pyarrow.Table, second: pyarrow.Table, third: pyarrow.Table
) -> None:
    second = second.drop_columns(["at"]).rename_columns({"price": "delay", "delay": "fare"})
    third = third.rename_columns({"carrier": "price", "price": "carrier"})
    a, b, c = (profile_table(table).comoments for table in (first, second, third))
    one, other = a.merge(b).merge(c), c.merge(b.merge(a))
    widest = [1e8 if entry.name == "at" else 1e5 for entry in one.entries]
    _assert_close(one, other, numpy.array(widest))


@settings(max_examples=30, deadline=None)
@given(st.lists(st.sets(st.integers(0, 60), max_size=45), min_size=2, max_size=4))
def test_which_columns_have_room_does_not_depend_on_the_order(parts: list[set[int]]) -> None:
    sums = [
        profile_table(
            pyarrow.table({f"x{at:02}": [at, 1.5] if at % 3 else ["a", "b"] for at in names})
        ).comoments
        for names in parts
    ]
    one, other = _merged(sums), _merged(reversed(sums))
    names = sorted(set().union(*parts))[:MAX_COLUMNS]
    assert [entry.name for entry in one.entries] == [f"x{at:02}" for at in names]
    assert one.entries == other.entries
    assert numpy.array_equal(one.num_rows, other.num_rows)
    assert one.num_rows.diagonal().tolist() == [
        2 * sum(at in part for part in parts) for at in names
    ]


@settings(max_examples=30, deadline=None)
@given(tables)
def test_what_is_stored_comes_back_to_the_last_bit(table: pyarrow.Table) -> None:
    profile = profile_table(table)
    stored = Profile.from_bytes(profile.to_bytes()).comoments
    assert stored.entries == profile.comoments.entries
    for name in _SQUARES:
        assert numpy.array_equal(getattr(stored, name), getattr(profile.comoments, name))
    assert stored.correlations() == profile.comoments.correlations()
