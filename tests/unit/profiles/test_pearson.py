"""Correlations: as pandas has them, over the rows that have both, however rows are parted."""

from __future__ import annotations

import numpy
import pandas
import pyarrow
import pytest

from mltrace.profiles.pearson import MAX_COLUMNS, Comoments


def _table(num_rows: int = 3_000) -> pyarrow.Table:
    rng = numpy.random.default_rng(5)
    a = rng.normal(size=num_rows)
    return pyarrow.table(
        {
            "a": a,
            "b": pyarrow.array(
                1e6 + a + rng.normal(size=num_rows), mask=rng.random(num_rows) < 0.2
            ),
            "c": pyarrow.array(rng.integers(0, 9, num_rows), mask=rng.random(num_rows) < 0.3),
            "constant": numpy.full(num_rows, 0.1),
            "text": ["x"] * num_rows,
        }
    )


@pytest.mark.parametrize("num_parts", [1, 4])
def test_correlations_are_those_of_pandas(num_parts: int) -> None:
    table = _table()
    size = -(-table.num_rows // num_parts)
    merged = Comoments()
    for start in range(0, table.num_rows, size):
        merged = Comoments.of(table.slice(start, size)).merge(merged)
    truth = table.to_pandas().drop(columns="text").corr()
    pairs = merged.correlations()
    assert [(pair.left, pair.right) for pair in pairs] == [("a", "b"), ("a", "c"), ("b", "c")]
    for pair in pairs:
        assert pair.r == pytest.approx(truth.loc[pair.left, pair.right], abs=1e-9)
    both = table.to_pandas()[["b", "c"]].dropna()
    assert pairs[2].num_rows == len(both)


def test_infinities_are_left_out() -> None:
    table = pyarrow.table({"a": [1.0, 2.0, 3.0, float("inf")], "b": [2.0, 4.0, 6.0, 8.0]})
    (pair,) = Comoments.of(table).correlations()
    assert pair.num_rows == 3
    assert pair.r == pytest.approx(1.0)


def test_partitions_with_other_columns_merge() -> None:
    left = pyarrow.table({"a": [1.0, 2.0], "b": [1.0, 2.0]})
    right = pyarrow.table({"b": [5.0, 3.0], "c": [1.0, 3.0]})
    one, other = Comoments.of(left), Comoments.of(right)
    assert one.merge(other).correlations() == other.merge(one).correlations()
    assert [(pair.left, pair.right) for pair in one.merge(other).correlations()] == [
        ("a", "b"),
        ("b", "c"),
    ]


def test_columns_are_bounded_and_large_tables_thinned() -> None:
    rng = numpy.random.default_rng(6)
    wide = Comoments.of(pyarrow.table({f"x{at:02}": rng.normal(size=50) for at in range(30)}))
    assert wide.names == tuple(f"x{at:02}" for at in range(MAX_COLUMNS))
    shared = rng.normal(size=200_000)
    frame = pandas.DataFrame({"a": shared, "b": shared + rng.normal(size=200_000)})
    (pair,) = Comoments.of(pyarrow.Table.from_pandas(frame)).correlations()
    assert pair.num_rows == 50_000
    assert pair.r == pytest.approx(frame.corr().iloc[0, 1], abs=0.02)


def test_sums_come_back_from_their_bytes() -> None:
    sums = Comoments.of(_table(100))
    assert Comoments.from_plain(sums.to_plain()).correlations() == sums.correlations()
