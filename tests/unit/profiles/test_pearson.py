"""Correlations: as pandas has them, over the rows that have both, however rows are parted."""

from __future__ import annotations

from typing import Any

import numpy
import pandas
import pyarrow
import pytest

from mltrace.profiles.entries import MAX_COLUMNS, Entry
from mltrace.profiles.pearson import Comoments
from mltrace.profiles.profiling import profile_table


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
            "text": rng.choice(["x", "y"], num_rows),
        }
    )


def _sums(table: pyarrow.Table) -> Comoments:
    return profile_table(table).comoments


@pytest.mark.parametrize("num_parts", [1, 4])
def test_correlations_are_those_of_pandas(num_parts: int) -> None:
    table = _table()
    size = -(-table.num_rows // num_parts)
    merged = Comoments()
    for start in range(0, table.num_rows, size):
        merged = _sums(table.slice(start, size)).merge(merged)
    truth = table.to_pandas().drop(columns="text").corr()
    pairs = merged.correlations()
    assert [(pair.left, pair.right) for pair in pairs] == [("a", "b"), ("a", "c"), ("b", "c")]
    for pair in pairs:
        assert pair.r == pytest.approx(truth.loc[pair.left, pair.right], abs=1e-9)
    both = table.to_pandas()[["b", "c"]].dropna()
    assert pairs[2].num_rows == len(both)


def test_infinities_are_left_out() -> None:
    table = pyarrow.table({"a": [1.0, 2.0, 3.0, float("inf")], "b": [2.0, 4.0, 6.0, 8.0]})
    (pair,) = _sums(table).correlations()
    assert pair.num_rows == 3
    assert pair.r == pytest.approx(1.0)


def test_partitions_with_other_columns_merge() -> None:
    left = pyarrow.table({"a": [1.0, 2.0], "b": [1.0, 2.0]})
    right = pyarrow.table({"b": [5.0, 3.0], "c": [1.0, 3.0]})
    one, other = _sums(left), _sums(right)
    assert one.merge(other).correlations() == other.merge(one).correlations()
    assert [(pair.left, pair.right) for pair in one.merge(other).correlations()] == [
        ("a", "b"),
        ("b", "c"),
    ]


def test_a_column_of_numbers_here_and_texts_there_is_two() -> None:
    numbers = _sums(pyarrow.table({"a": [1.0, 2.0], "b": [1, 4]}))
    texts = _sums(pyarrow.table({"a": ["x", None, "y"], "b": [0, 5, 9]}))
    merged, other = numbers.merge(texts), texts.merge(numbers)
    assert merged.entries == other.entries == (Entry("a"), Entry("a", is_code=True), Entry("b"))
    assert merged.num_rows.tolist() == [[2, 0, 2], [0, 2, 2], [2, 2, 5]]
    assert merged.mean[0].tolist() == [1.5, 0, 1.5]
    assert merged.mean[2].tolist() == [2.5, 4.5, 19 / 5]
    assert [(pair.left, pair.right, pair.num_rows) for pair in merged.correlations()] == [
        ("a", "b", 2)
    ]


def test_sums_show_whether_texts_go_together() -> None:
    rng = numpy.random.default_rng(7)
    carriers, day = rng.choice(["AA", "DL", "UA"], 2_000), numpy.arange(2_000)
    late = numpy.where(carriers == "AA", "yes", "no")
    kept = _sums(pyarrow.table({"carrier": carriers, "day": day, "late": late}))
    lost = _sums(pyarrow.table({"carrier": carriers, "day": day, "late": rng.permuted(late)}))
    r = [one.products / numpy.sqrt(one.m2 * one.m2.T) for one in (kept, lost)]
    assert abs(r[0][0, 2]) > 0.4
    assert abs(r[1][0, 2]) < 0.1
    assert not kept.correlations()


def test_columns_are_bounded_and_large_tables_thinned() -> None:
    rng = numpy.random.default_rng(6)
    wide = _sums(pyarrow.table({f"x{at:02}": rng.normal(size=50) for at in range(40)}))
    assert wide.entries == tuple(Entry(f"x{at:02}") for at in range(MAX_COLUMNS))
    shared = rng.normal(size=200_000)
    frame = pandas.DataFrame({"a": shared, "b": shared + rng.normal(size=200_000)})
    (pair,) = _sums(pyarrow.Table.from_pandas(frame)).correlations()
    assert pair.num_rows == 50_000
    assert pair.r == pytest.approx(frame.corr().iloc[0, 1], abs=0.02)


def test_sums_come_back_from_their_bytes() -> None:
    sums = _sums(_table(100))
    again = Comoments.from_plain(sums.to_plain())
    assert again.entries == sums.entries
    for name in ("num_rows", "mean", "m2", "products"):
        assert numpy.array_equal(getattr(again, name), getattr(sums, name))


@pytest.mark.parametrize("entry", [5, [5, True], ["a"], None])
def test_what_names_no_column_is_refused(entry: Any) -> None:
    plain = _sums(pyarrow.table({"a": [1.0, 2.0]})).to_plain()
    with pytest.raises((ValueError, TypeError), match=r"named by|unpack"):
        Comoments.from_plain([[entry], *plain[1:]])
