from __future__ import annotations

import datetime
import decimal
from typing import TYPE_CHECKING, Any

import pyarrow
import pyarrow.compute
import pytest

from mltrace.profiles.columns import Column, column_of
from mltrace.profiles.nested import hash_values

if TYPE_CHECKING:
    from mltrace.records import ColumnProfile

STRUCT = [{"a": 1, "b": ["x"]}, {"a": 1, "b": ["x", None]}, {"a": None, "b": None}]


def described(values: Any) -> ColumnProfile:
    return column_of(values)[0].describe("other")


ODD = {
    "lists": pyarrow.array([[1, 2], [], [2, 1]]),
    "large lists": pyarrow.array([[1, 2], [], [2, 1]], pyarrow.large_list(pyarrow.int64())),
    "list views": pyarrow.array([[1, 2], [], [2, 1]], pyarrow.list_view(pyarrow.int64())),
    "fixed lists": pyarrow.array([[1, 2], [2, 1], [3, None]], pyarrow.list_(pyarrow.int8(), 2)),
    "lists of lists": pyarrow.array([[["a"], []], [[], ["a"]], [None]]),
    "structs": pyarrow.array(STRUCT),
    "maps": pyarrow.array(
        [[("a", 1)], [("a", 2)], []], pyarrow.map_(pyarrow.string(), pyarrow.int32())
    ),
    "bytes": pyarrow.array([b"\xff\0", b"", b"a"]),
    "fixed bytes": pyarrow.array([b"ab", b"cd", b"\0\0"], pyarrow.binary(2)),
    "byte views": pyarrow.array([b"ab", b"", b"x" * 300], pyarrow.binary_view()),
    "lists of days": pyarrow.array([[datetime.date(2026, 1, day)] for day in (1, 2, 3)]),
    "intervals": pyarrow.array(
        [pyarrow.MonthDayNano([1, 2, 3]), pyarrow.MonthDayNano([1, 2, 4]), (0, 0, 0)],
        pyarrow.month_day_nano_interval(),
    ),
    "structs of decimals": pyarrow.array([{"d": decimal.Decimal(i)} for i in range(3)]),
}


@pytest.mark.parametrize("name", ODD)
def test_values_of_every_type_are_counted(name: str) -> None:
    values = ODD[name]
    profile = described(values)
    assert (profile.num_rows, profile.num_distinct, profile.is_distinct_exact) == (3, 3, True)
    column, hashes = column_of(values)
    assert len(set(hashes.tolist())) == 3
    again = Column.from_plain(column.merge(column).to_plain()).describe("other")
    assert (again.num_rows, again.num_distinct) == (6, 3)


@pytest.mark.parametrize("name", ODD)
def test_nulls_and_slices_change_no_hash(name: str) -> None:
    values = ODD[name]
    hashes = hash_values(values).tolist()
    with_null = pyarrow.concat_arrays([pyarrow.nulls(1, values.type), values])
    assert hash_values(with_null).tolist() == [0, *hashes]
    assert hash_values(values[1:]).tolist() == hashes[1:]


def test_lists_tell_how_long_they_are() -> None:
    profile = described(pyarrow.array([[1, 2], [], [1, 2], None]))
    assert profile.lengths is not None
    assert (profile.lengths.min, profile.lengths.max) == (0, 2)
    assert (profile.num_empty, profile.num_nulls, profile.num_distinct) == (1, 1, 2)


def test_bytes_tell_how_many_they_are() -> None:
    profile = described(pyarrow.array([b"abc", b"\xff"]))
    assert profile.kind == "other"
    assert profile.lengths is not None
    assert profile.lengths.max == 3


def test_structs_have_no_length() -> None:
    assert described(pyarrow.array(STRUCT)).lengths is None


def test_equal_values_hash_the_same_in_every_type() -> None:
    lists = hash_values(pyarrow.array([[1, 2]]))
    assert hash_values(pyarrow.array([[1.0, 2.0]], pyarrow.large_list(pyarrow.float32()))) == lists
    reordered = pyarrow.array([{"b": ["x"], "a": 1}])
    assert hash_values(reordered)[0] == hash_values(pyarrow.array(STRUCT))[0]
    assert hash_values(pyarrow.array([b"a"])) != hash_values(pyarrow.array(["a"]))


def test_the_place_of_an_item_in_a_list_counts() -> None:
    lists = pyarrow.array([[1, None], [None, 1], [1], [1, None, None]])
    assert len(set(hash_values(lists).tolist())) == 4


def test_what_only_wraps_values_is_taken_off() -> None:
    runs = pyarrow.compute.run_end_encode(pyarrow.array(["a", "a", None, "b"]))
    profile = described(runs)
    assert (profile.kind, profile.num_nulls, profile.num_distinct) == ("text", 1, 2)
    uuids = pyarrow.array([b"0123456789abcdef"], pyarrow.uuid())
    assert described(uuids).kind == "other"


@pytest.mark.parametrize(
    "kind",
    [
        pyarrow.list_(pyarrow.string_view()),
        pyarrow.list_view(pyarrow.string_view()),
        pyarrow.list_(pyarrow.dictionary(pyarrow.int8(), pyarrow.string())),
        pyarrow.large_list_view(pyarrow.string()),
    ],
    ids=str,
)
def test_views_within_lists_change_no_hash(kind: pyarrow.DataType) -> None:
    lists = [["a", "b"], None, [None, "c"], []]
    plain, views = (
        column_of(pyarrow.array(lists, one)) for one in (pyarrow.list_(pyarrow.string()), kind)
    )
    assert (plain[1] == views[1]).all()
    assert views[0].states["other"].describe() == plain[0].states["other"].describe()


def test_views_within_structs_and_maps_change_no_hash() -> None:
    structs = [{"a": "x", "b": [("k", b"v")]}, None]
    plain = pyarrow.struct(
        {"a": pyarrow.string(), "b": pyarrow.map_(pyarrow.string(), pyarrow.binary())}
    )
    views = pyarrow.struct(
        {"a": pyarrow.string_view(), "b": pyarrow.map_(pyarrow.string(), pyarrow.binary_view())}
    )
    hashes = hash_values(pyarrow.array(structs, plain)).tolist()
    assert hash_values(pyarrow.array(structs, views)).tolist() == hashes


def test_lists_and_other_values_of_a_column_merge() -> None:
    lists, structs = column_of(ODD["lists"])[0], column_of(ODD["structs"])[0]
    assert lists.merge(structs).describe("a") == structs.merge(lists).describe("a")
    assert lists.merge(structs).describe("a").num_rows == 6


def test_a_column_that_turns_from_text_to_lists_keeps_both() -> None:
    column = column_of(pyarrow.array(["a"]))[0].merge(column_of(ODD["lists"])[0])
    assert column.describe("a").num_of_kinds == {"text": 1, "other": 3}
