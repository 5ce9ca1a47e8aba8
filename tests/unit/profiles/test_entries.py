"""Columns as numbers: which ones are looked at, and what is taken for each value."""

from __future__ import annotations

import datetime
from typing import Any

import numpy
import pyarrow
import pytest

from mltrace.profiles.columns import column_of
from mltrace.profiles.entries import MAX_COLUMNS, MAX_ROWS, Entry, entries_of, numbers_of

_MIDNIGHT = datetime.datetime(2026, 1, 2, tzinfo=datetime.UTC)
_SECONDS = _MIDNIGHT.timestamp()


def _numbers(values: pyarrow.Array) -> Any:
    (entry,) = entries_of(pyarrow.table({"it": values}).schema).values()
    return numbers_of(entry, pyarrow.chunked_array([values]), column_of(values)[1]).tolist()


def test_numbers_are_entries_and_all_else_is_coded() -> None:
    table = pyarrow.table(
        {
            "late": [True],
            "delay": [1],
            "at": [_MIDNIGHT],
            "carrier": ["AA"],
            "took": [datetime.timedelta(1)],
            "nothing": [None],
        }
    )
    assert sorted(entries_of(table.schema).values()) == [
        Entry("at", is_code=True),
        Entry("carrier", is_code=True),
        Entry("delay"),
        Entry("late", is_code=True),
        Entry("took"),
    ]


def test_the_first_columns_by_name_are_looked_at_and_those_of_nulls_take_no_room() -> None:
    names = [f"x{at:03}" for at in range(100)]
    table = pyarrow.table({name: [1.0] for name in reversed(names)} | {"a": [None]})
    assert [one.name for one in entries_of(table.schema).values()] == names[:MAX_COLUMNS]


def test_of_columns_with_one_name_the_last_one_counts() -> None:
    arrays = [pyarrow.array([1]), pyarrow.array(["x"])]
    assert entries_of(pyarrow.table(arrays, names=["a", "a"]).schema) == {1: Entry("a", True)}


@pytest.mark.parametrize(
    ("values", "numbers"),
    [
        (pyarrow.array([True, None, False]), [1.0, None, 0.0]),
        (pyarrow.array([_MIDNIGHT, None]), [_SECONDS, None]),
        (pyarrow.array([_MIDNIGHT], pyarrow.timestamp("ns", "Asia/Tokyo")), [_SECONDS]),
        (pyarrow.array([_MIDNIGHT.date(), None], pyarrow.date32()), [_SECONDS, None]),
        (pyarrow.array([_MIDNIGHT.date()], pyarrow.date64()), [_SECONDS]),
        (pyarrow.array([1, None], "int64"), [1.0, None]),
        (pyarrow.array([], "string"), []),
    ],
    ids=str,
)
def test_what_has_an_order_is_taken_as_its_number(values: pyarrow.Array, numbers: Any) -> None:
    found = [None if numpy.isnan(one) else one for one in _numbers(values)]
    assert found == numbers


def test_equal_texts_have_one_code_whatever_holds_them() -> None:
    plain = pyarrow.array(["AA", None, "UA", "AA", ""])
    codes = _numbers(plain)
    assert codes[0] == codes[3] == 0.8149748626400095
    assert len({codes[0], codes[2], codes[4]}) == 3
    assert numpy.isnan(codes[1])
    for other in (plain.dictionary_encode(), plain.cast("large_string")):
        assert numpy.array_equal(_numbers(other), codes, equal_nan=True)


def test_lists_bytes_and_categories_of_numbers_have_codes() -> None:
    for values in ([[1], None, [1], [2]], [b"x", None, b"x", b"y"]):
        one, none, same, other = _numbers(pyarrow.array(values))
        assert one == same != other
        assert numpy.isnan(none)
    one, same = _numbers(pyarrow.array([5, 5]).dictionary_encode())
    assert 0 <= one == same < 1


def test_codes_are_uniform() -> None:
    codes = numpy.sort(_numbers(pyarrow.array([f"N{at}" for at in range(10_000)])))
    assert numpy.abs(codes - numpy.linspace(0, 1, 10_000)).max() < 0.02


def test_of_many_rows_some_are_looked_at_evenly_spread() -> None:
    num_rows = 3 * MAX_ROWS
    assert _numbers(pyarrow.array(numpy.arange(num_rows))) == list(range(0, num_rows, 3))
    texts = pyarrow.array(["a", "b", "c"] * MAX_ROWS)
    assert _numbers(texts) == [_numbers(texts[:1])[0]] * MAX_ROWS
