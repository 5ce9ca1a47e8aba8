from __future__ import annotations

from typing import TYPE_CHECKING

import numpy
import pytest

from mltrace.monitors.drift.history.blame import MOST_ROUNDS, Blame, find_fault
from mltrace.monitors.drift.history.statistic import Statistic

if TYPE_CHECKING:
    from numpy.typing import NDArray

STATISTICS = [
    Statistic(None, "rows", "rows", is_share=False),
    Statistic("a", "nulls", "nulls"),
    Statistic("a", "values", "distinct", is_share=False),
    Statistic("a", "relation", "level beside others", is_share=False),
    Statistic("a", "joint nulls", "present without", "b"),
    Statistic("b", "center", "mean", is_share=False),
    Statistic("b", "relation", "level beside others", is_share=False),
    Statistic("c", "joint nulls", "present without", "b"),
]
BOUND = 3.0


def fault(
    surprises: dict[int, float], explained: dict[str, dict[int, float]] | None = None
) -> Blame:
    """Find the fault, where leaving out a column changes surprises to others."""

    def judge(left_out: frozenset[str]) -> NDArray[numpy.float64]:
        told = numpy.zeros(len(STATISTICS))
        for at, surprise in surprises.items():
            told[at] = surprise
        for column in left_out:
            for at, surprise in (explained or {}).get(column, {}).items():
                told[at] = surprise
        for at, one in enumerate(STATISTICS):
            if left_out & {one.column, one.detail}:
                told[at] = 0
        return told

    return find_fault(STATISTICS, judge, BOUND)


def test_nothing_is_at_fault_where_nothing_is_unusual() -> None:
    assert fault({1: 2.0, 5: 3.0}) == Blame()


def test_columns_that_explain_nothing_of_each_other_are_at_fault_the_worst_first() -> None:
    found = fault({1: 5.0, 2: 9.0, 5: 7.0})
    assert found == Blame({"a": [2, 1], "b": [5]}, {})
    assert list(found.at_fault) == ["a", "b"]


def test_the_column_without_which_all_is_as_usual_is_at_fault_though_others_stand_out_more() -> (
    None
):
    found = fault({3: 90.0, 5: 3.5, 6: 40.0}, {"b": {3: 0.5}, "a": {6: 10.0}})
    assert found == Blame({"b": [6, 5]}, {"a": "b"})


def test_what_stays_unusual_without_the_first_column_is_a_second_fault() -> None:
    found = fault({1: 8.0, 3: 90.0, 6: 40.0}, {"b": {3: 0.5}, "a": {6: 10.0}})
    assert found == Blame({"b": [6], "a": [1]}, {})
    assert list(found.at_fault) == ["b", "a"]


def test_of_columns_that_fit_alike_those_are_named_whose_own_statistics_do_not_tell() -> None:
    alike = {"a": {6: 0.0}, "b": {3: 0.0}}
    assert list(fault({3: 30.0, 6: 40.0}, alike).at_fault) == ["b", "a"]
    told = fault({3: 30.0, 5: 8.0, 6: 40.0}, alike | {"b": {3: 0.0, 5: 0.0}, "a": {5: 0.0, 6: 0.0}})
    assert told == Blame({"b": [6, 5]}, {"a": "b"})


def test_a_pair_of_columns_is_of_the_one_that_is_in_most() -> None:
    assert fault({4: 5.0, 7: 4.0}) == Blame({"b": [4, 7]}, {"a": "b", "c": "b"})


def test_with_other_rows_it_is_no_fault_of_a_column_to_have_other_distinct_values() -> None:
    assert fault({0: 5.0, 2: 9.0}).at_fault == {None: [0]}
    assert fault({0: 5.0, 1: 4.0, 2: 9.0}).at_fault == {None: [0], "a": [1]}


@pytest.mark.parametrize("num_columns", [MOST_ROUNDS + 3])
def test_a_fault_in_all_columns_names_all_in_few_judgements(num_columns: int) -> None:
    statistics = [Statistic(f"c{at}", "nulls", "nulls") for at in range(num_columns)]
    calls = []

    def judge(left_out: frozenset[str]) -> NDArray[numpy.float64]:
        calls.append(left_out)
        told = numpy.arange(num_columns, dtype=float) + 10
        told[[one.column in left_out for one in statistics]] = 0
        return told

    found = find_fault(statistics, judge, BOUND)
    assert list(found.at_fault) == [f"c{at}" for at in reversed(range(num_columns))]
    assert len(calls) < 60
