"""Keys are compared by value across types where that cannot be wrong, and not elsewhere."""

from __future__ import annotations

import datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from mltrace.lineage.journeys.comparing import pair_up
from mltrace.lineage.journeys.id_columns import find_id, id_columns
from mltrace.lineage.journeys.key_types import key_type
from mltrace.lineage.journeys.keyed_tables import KeyedTable
from mltrace.profiles.keyed.rows import rows_of

WHOLE = [5, 7, -12]
BEYOND = 2**53


def keyed(values: Any) -> KeyedTable:
    return KeyedTable(rows_of(pa.table({"key": values})))


def reached(mine: Any, its: Any) -> list[list[int]] | None:
    """Find for each row of one table the rows of another; None if they are not compared."""
    pair = pair_up(keyed(mine), ["key"], keyed(its), ["key"])
    if pair is None:
        return None
    keys = pair.output.keys(pair.written, as_values=pair.as_values)
    return [
        pair.source.find(pair.read, keys[at : at + 1], as_values=pair.as_values).tolist()
        for at in range(len(keys))
    ]


@pytest.mark.parametrize(
    "its",
    [
        pa.array([5.0, 7.0, -12.0]),
        pa.array([5.0, 7.0, -12.0, None]),
        pa.array([5.0, 7.0, -12.0, float("nan")]),
        pa.array(WHOLE, pa.float32()),
        pa.array(WHOLE, pa.int8()),
        pa.array(["5", "7", "-12", None]),
        pa.array(["5.0", "7.0", "-12.0", "nan"]),
        pa.array(["5", "7", "-12"]).dictionary_encode(),
    ],
    ids=["float", "null", "nan", "single", "small", "text", "text of floats", "category"],
)
def test_integer_is_found_as_whatever_type_holds_it(its: Any) -> None:
    assert reached(WHOLE, its) == [[0], [1], [2]]
    assert reached(its, WHOLE)[:3] == [[0], [1], [2]]  # type: ignore[index]


@pytest.mark.parametrize(
    "its",
    [
        pa.array([5.0, 5.5, 7.0]),
        pa.array([5.0, float("inf")]),
        pa.array([5.0, float(BEYOND)]),
        pa.array([5, 2**24], pa.float32()),
        pa.array(["05", "7"]),
        pa.array(["5", "7.0"]),
        pa.array(["5", "-0"]),
        pa.array(["5", "seven"]),
        pa.array(["5", " 7"]),
        pa.array([True, False]),
        pa.array([b"5", b"7"]),
    ],
    ids=[
        *("fraction", "infinite", "inexact", "inexact single", "leading zero", "two ways"),
        *("minus zero", "word", "space", "boolean", "bytes"),
    ],
)
def test_integer_is_not_compared_with_what_may_be_another(its: Any) -> None:
    assert reached([1, 0, 5, 7], its) is None
    assert reached(its, [1, 0, 5, 7]) is None


def test_large_integers_that_no_float_holds_are_found_as_integers_and_texts_only() -> None:
    large = [BEYOND, BEYOND + 1]
    assert reached(large, large) == [[0], [1]]
    assert reached(large, [str(one) for one in large]) == [[0], [1]]
    assert reached(large, [float(one) for one in large]) is None


def test_ways_of_all_parts_of_a_large_table_count() -> None:
    values = np.arange(40_000, dtype=float)
    assert keyed(values).is_whole("key")
    values[9_000] += 0.5
    assert not keyed(values).is_whole("key")


@pytest.mark.parametrize(
    ("output_id", "values", "expected"),
    [
        ("5", [5.0, None, 7.0], [0]),
        ("5.0", [5.0, None, 7.0], [0]),
        ("5.0", [5, 6], [0]),
        ("5", ["5.0", "7.0"], [0]),
        ("5.0", ["5", "7"], [0]),
        ("05", [5, 6], []),
        ("5.5", [5, 6], []),
        ("05", ["05", "5"], [0]),
        ("5", ["05", "5"], [1]),
        (str(BEYOND + 1), [BEYOND, BEYOND + 1], [1]),
        (str(2**63 - 1), [2**63 - 1, 2**63 - 2], [0]),
        (str(-(2**63)), [0, -(2**63)], [1]),
        (str(2**64 - 1), pa.array([5, 2**64 - 1], pa.uint64()), [1]),
        (str(2**64), [5, 2**63 - 1], []),
        ("0" + str(2**62), [5, 2**62], []),
        ("20130524", pa.array([1_369_353_600], pa.timestamp("s")), []),
    ],
)
def test_id_is_found_as_the_number_that_it_is(
    output_id: str, values: Any, expected: list[int]
) -> None:
    table = keyed(values)
    assert find_id(table, "key", output_id).tolist() == expected


@pytest.mark.parametrize("values", [[5.5, 7.0], [True, False], [5.0, float(BEYOND)], [1, 1, 2]])
def test_ids_are_not_looked_for_among_fractions_booleans_and_repeated_values(values: Any) -> None:
    assert id_columns(keyed(values)) == []


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        (pa.decimal128(9, 2), "decimal"),
        (pa.date32(), "time"),
        (pa.large_binary(), "bytes"),
        (pa.uuid(), "bytes"),
        (pa.list_(pa.int8()), "other"),
        (pa.run_end_encoded(pa.int32(), pa.string()), "text"),
    ],
)
def test_types_are_of_few_kinds(kind: Any, name: str) -> None:
    assert key_type(kind) == name


def test_column_of_nulls_is_whole() -> None:
    assert keyed(pa.array([None], pa.string())).is_whole("key")
    assert keyed(pa.array([], pa.float64())).is_whole("key")


DAYS = pa.array([datetime.date(2013, 5, 24), datetime.date(2013, 6, 30)])
MOMENTS = pa.array([datetime.datetime(2013, 5, 24, 10), datetime.datetime(2013, 6, 30, 7, 30)])


@pytest.mark.parametrize(
    ("texts", "times"),
    [
        (["2013-05-24", "2013-06-30"], DAYS),
        (["2013-05-24", "2013-06-30"], DAYS.cast(pa.timestamp("ns"))),
        (["2013-05-24 00:00:00", "2013-06-30 00:00:00"], DAYS),
        (["2013-05-24T10:00", "2013-06-30T07:30"], MOMENTS),
        (["2013-05-24 10:00:00.000", "2013-06-30 07:30:00.000"], MOMENTS.cast(pa.timestamp("ms"))),
    ],
)
def test_time_is_found_as_the_text_that_stands_for_it(texts: list[str], times: Any) -> None:
    assert reached(texts, times) == [[0], [1]]
    assert reached(times, [*texts, None]) == [[0], [1]]


@pytest.mark.parametrize(
    ("texts", "times"),
    [
        (["2013-05-24", "2013-06-31"], DAYS),
        (["24.05.2013", "30.06.2013"], DAYS),
        (["20130524", "20130630"], DAYS),
        (["2013-05-24", "2013-06-30 00:00"], DAYS),
        (["2013-05-24T10:00Z", "2013-06-30T07:30Z"], MOMENTS),
        (["2013-05-24 10:00", "2013-06-30 07:30"], MOMENTS.cast(pa.timestamp("us", "UTC"))),
        ([1, 2], DAYS),
    ],
)
def test_time_is_not_compared_with_what_may_be_another(texts: Any, times: Any) -> None:
    assert reached(texts, times) is None
    assert reached(times, texts) is None
