from __future__ import annotations

from mltrace.monitors.drift.history.blame import blame
from mltrace.monitors.drift.history.statistic import Statistic

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


def test_columns_have_their_own_statistics_the_most_surprising_first() -> None:
    assert blame(STATISTICS, {1: 5.0, 2: 9.0, 5: 7.0}) == {"a": [2, 1], "b": [5]}
    assert blame(STATISTICS, {}) == {}


def test_a_pair_of_columns_is_assigned_to_the_one_that_is_in_most() -> None:
    assert blame(STATISTICS, {4: 5.0, 7: 4.0}) == {"b": [4, 7]}


def test_a_pair_is_assigned_to_a_column_that_is_at_fault_anyway() -> None:
    assert blame(STATISTICS, {1: 6.0, 4: 5.0}) == {"a": [1, 4]}


def test_what_a_column_is_beside_others_counts_if_nothing_else_is_unusual() -> None:
    assert blame(STATISTICS, {3: 5.0, 6: 6.0}) == {"a": [3], "b": [6]}
    assert blame(STATISTICS, {3: 9.0, 5: 6.0, 6: 7.0}) == {"b": [6, 5]}


def test_with_other_rows_it_is_no_fault_of_a_column_to_have_other_distinct_values() -> None:
    assert blame(STATISTICS, {0: 5.0, 2: 9.0}) == {None: [0]}
    assert blame(STATISTICS, {0: 5.0, 1: 4.0, 2: 9.0}) == {None: [0], "a": [1]}
