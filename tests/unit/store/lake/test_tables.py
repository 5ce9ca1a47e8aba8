"""Batches as tables: every form of a column, and segments that differ in theirs."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import numpy
import pyarrow
import pytest

from mltrace.store.lake import tables
from mltrace.store.lake.batch import decode_batch, encode_batch
from mltrace.store.lake.columns import Coded, Same
from mltrace.store.lake.tables import TEXT, TIME, batch_table, join_tables

if TYPE_CHECKING:
    from mltrace.store.lake.columns import Values


def _table(**columns: Values) -> pyarrow.Table:
    return batch_table(decode_batch(encode_batch("t", "predictions", 2, columns)))


@pytest.mark.parametrize(
    ("name", "values", "expected", "kind"),
    [
        ("id", ["a", "b"], ["a", "b"], pyarrow.string()),
        ("id", numpy.array([7, 8]), ["7", "8"], pyarrow.string()),
        ("id", Same("a"), ["a", "a"], pyarrow.string()),
        ("id", ["a", 5], ["a", "5"], pyarrow.string()),
        ("value", Coded(["0", "1"], numpy.array([1, -1])), ["1", None], TEXT),
        ("value", ["x", "y"], ["x", "y"], TEXT),
        ("value", [1, 2], [1.0, 2.0], pyarrow.float64()),
        ("value", numpy.array([1.5, 2], "f4"), [1.5, 2.0], pyarrow.float64()),
        ("value", ['["a"]', None], ['["a"]', None], TEXT),
        ("score", [0.5, None], [0.5, None], pyarrow.float64()),
        ("score", [1, 0], [1.0, 0.0], pyarrow.float64()),
        ("scores", numpy.eye(2), [[1.0, 0.0], [0.0, 1.0]], pyarrow.list_(pyarrow.float64())),
        ("scores", [[1.0, 0.0], None], [[1.0, 0.0], None], pyarrow.list_(pyarrow.float64())),
        ("scores", [[1.0], [0, 0.5]], [[1.0], [0.0, 0.5]], pyarrow.list_(pyarrow.float64())),
        ("model", Same(None), [None, None], TEXT),
        ("feature_x", numpy.array([1, 2], "i1"), [1, 2], pyarrow.int64()),
        ("feature_x", [True, None], [True, None], pyarrow.bool_()),
        ("feature_x", [2**70, 1], [str(2**70), "1"], TEXT),
        ("feature_x", [{"a": 1}, None], ['{"a":1}', None], TEXT),
    ],
)
def test_column_comes_back_in_its_type(
    name: str, values: Values, expected: list[Any], kind: pyarrow.DataType
) -> None:
    column = _table(**{name: values}).column(name)
    assert column.to_pylist() == expected
    assert column.type == kind


@pytest.mark.parametrize("values", [Same(1_000_001), numpy.array([1_000_001] * 2, "M8[us]")])
def test_times_are_microseconds_in_utc(values: Values) -> None:
    column = _table(at=values).column("at")
    assert column.type == TIME
    assert column.to_pylist() == [datetime(1970, 1, 1, 0, 0, 1, 1, UTC)] * 2


def test_only_wanted_columns_are_decoded() -> None:
    batch = decode_batch(encode_batch("t", "predictions", 2, {"id": ["a", "b"], "value": [1, 2]}))
    assert batch_table(batch, ["value", "score"]).column_names == ["value"]
    assert batch_table(batch, []).num_rows == 2


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ([1, 2], [1.5, 2.0], [1.0, 2.0, 1.5, 2.0]),
        ([1, 2], ["a", "b"], ["1", "2", "a", "b"]),
        ([True, False], ["a", "b"], ["1", "0", "a", "b"]),
        ([None, None], [1, 2], [None, None, 1, 2]),
        (["a", "b"], Same("b"), ["a", "b", "b", "b"]),
    ],
)
def test_segments_that_differ_in_a_type_are_joined(
    one: Values, other: Values, expected: list[Any]
) -> None:
    joined = join_tables([_table(feature_x=one), _table(feature_x=other)])
    assert joined.column("feature_x").to_pylist() == expected


def test_column_that_a_segment_lacks_has_no_values_there() -> None:
    tables = [_table(id=["a", "b"]), _table(id=["c", "d"], feature_x=["u", "v"], score=[0.5, 1.0])]
    joined = join_tables(tables)
    assert joined.column_names == ["id", "score", "feature_x"]
    assert joined.column("feature_x").to_pylist() == [None, None, "u", "v"]
    assert joined.column("score").to_pylist() == [None, None, 0.5, 1.0]


@pytest.mark.parametrize("values", [["a", "bcd", "", "ef", "ghijkl"], ["a", None, "bcd", "e", "f"]])
def test_texts_of_more_bytes_than_an_array_takes_are_parted(
    monkeypatch: pytest.MonkeyPatch, values: list[Any]
) -> None:
    monkeypatch.setattr(tables, "_MOST_BYTES", 4)
    batch = decode_batch(encode_batch("t", "predictions", 5, {"id": values, "feature_x": values}))
    table = batch_table(batch)
    assert table.column("id").num_chunks > 1
    assert table.to_pylist() == [{"id": one, "feature_x": one} for one in values]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (numpy.array([True, False]), ["1", "0"]),
        (numpy.array([1.0, 0.5]), ["1", "0.5"]),
        ([1.0, True], ["1", "1"]),
        (numpy.array(["2026-05-01", "NaT"], "M8[D]"), ["2026-05-01T00:00:00+00:00", None]),
        (numpy.array(["20000-01-01"] * 2, "M8[D]"), ["20000-01-01 00:00:00.000000Z"] * 2),
    ],
)
def test_values_that_become_texts_are_spelled_as_classes(
    values: Values, expected: list[str | None]
) -> None:
    joined = join_tables([_table(feature_x=values), _table(feature_x=["a", "b"])])
    assert joined.column("feature_x").to_pylist() == [*expected, "a", "b"]
