"""The default drift detector judges whatever has rows, and what does not matter does not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy
import pyarrow
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.daily import MONTH, day

from mltrace.monitors.drift.detector import DriftDetector

if TYPE_CHECKING:
    from mltrace.records.drift import DriftResult

DETECTOR = DriftDetector(false_alarm_rate=0.02).fit([day(number, 60) for number in range(MONTH)])
NAMES = day(0, 1).column_names
ODD = st.one_of(
    st.lists(st.floats() | st.none()),
    st.lists(st.integers(-(2**63), 2**63 - 1) | st.none()),
    st.lists(st.text(max_size=8) | st.none()),
    st.lists(st.booleans() | st.none()),
    st.lists(st.datetimes() | st.none()),
    st.lists(st.dates()),
    st.lists(st.binary(max_size=4)),
    st.lists(st.lists(st.integers(0, 3), max_size=2)),
    st.lists(st.none()),
)
"""Values of one column."""


@st.composite
def odd_tables(draw: st.DrawFn) -> pyarrow.Table:
    """Draw a table of which some columns are as ever, some odd, and some are missing."""
    num_rows = draw(st.integers(0, 80))
    held: dict[str, Any] = {}
    usual = day(draw(st.integers(0, 99)), num_rows)
    for name in [*NAMES, "other"]:
        what = draw(st.sampled_from(["usual", "odd", "missing"]))
        if what == "usual" and name in NAMES:
            held[name] = usual[name]
        elif what == "odd":
            values = draw(ODD)
            held[name] = pyarrow.array((values * num_rows + [None] * num_rows)[:num_rows])
    return pyarrow.table(held)


def assert_alike(one: DriftResult, other: DriftResult) -> None:
    """Check that two results tell the same, but for rounding."""
    assert one.score == pytest.approx(other.score, rel=1e-3)
    statistics = [
        {name: told.statistic for name, told in it.columns.items()} for it in (one, other)
    ]
    assert statistics[0] == pytest.approx(statistics[1], rel=1e-3, abs=1e-3)


@settings(deadline=None, max_examples=60)
@given(odd_tables())
def test_odd_tables_are_judged_and_what_is_told_is_consistent(table: pyarrow.Table) -> None:
    result = DETECTOR.score(table)
    assert result.p_value is not None
    assert numpy.isfinite(result.score)
    assert 0 <= result.p_value <= 1
    assert result.is_drift == (result.score > 1) == (result.p_value < 0.02)
    at_fault = [name for name, column in result.columns.items() if column.is_drift]
    explained = [name for name, column in result.columns.items() if column.explained_by]
    others = [name for name in NAMES if name not in {*at_fault, *explained}]
    assert list(result.columns) == [*at_fault, *explained, *others]
    assert (result.reason == "as usual") == (not result.is_drift)
    for name, column in result.columns.items():
        assert column.name == name
        assert column.is_drift <= result.is_drift
        assert (column.reason == "as usual") == (not column.is_drift and not column.explained_by)
        assert column.statistic is not None
        assert column.statistic <= result.score


@settings(deadline=None, max_examples=30)
@given(odd_tables(), st.randoms(use_true_random=False))
def test_neither_the_order_of_rows_nor_that_of_columns_matters(
    table: pyarrow.Table, random: Any
) -> None:
    rows, names = list(range(table.num_rows)), list(table.column_names)
    random.shuffle(rows)
    random.shuffle(names)
    other = table.take(numpy.array(rows, dtype=int)).select(names)
    assert_alike(DETECTOR.score(other), DETECTOR.score(table))


@settings(deadline=None, max_examples=15)
@given(st.lists(odd_tables(), min_size=8, max_size=12), odd_tables())
def test_odd_histories_are_learnt(history: list[pyarrow.Table], table: pyarrow.Table) -> None:
    result = DriftDetector().fit(history).score(table)
    assert not numpy.isnan(result.score)
    assert result.num_history == len(history)
    assert all(name in {*NAMES, "other"} for name in result.columns)
