from __future__ import annotations

import pyarrow
import pytest

from mltrace.profiles.booleans import Booleans
from mltrace.profiles.columns import Column, column_of


def test_both_values_are_counted() -> None:
    profile = column_of(pyarrow.array([True, False, True, None]))[0].describe("late")
    assert (profile.kind, profile.num_nulls, profile.num_zeros) == ("boolean", 1, 1)
    assert profile.mean == pytest.approx(2 / 3)
    assert [(one.value, one.count) for one in profile.top] == [(True, 2), (False, 1)]
    assert (profile.num_distinct, profile.min, profile.max) == (2, False, True)


def test_a_slice_that_begins_within_a_byte_is_counted_alone() -> None:
    values = pyarrow.array([True] * 3 + [False] * 8 + [True])[3:11]
    assert Booleans.of(values)[0] == Booleans(0, 8)


def test_one_value_alone_is_the_least_and_the_greatest() -> None:
    profile = column_of(pyarrow.array([False, False]))[0].describe("late")
    assert (profile.min, profile.max, profile.num_distinct, profile.mean) == (False, False, 1, 0.0)


def test_counts_merge_and_survive_being_stored() -> None:
    one, two = column_of(pyarrow.array([True]))[0], column_of(pyarrow.array([False, None]))[0]
    both = one.merge(two)
    assert both.states["boolean"] == Booleans(1, 1)
    assert Column.from_plain(both.to_plain()) == both


def test_categories_of_booleans_are_booleans() -> None:
    values = pyarrow.array([True, False, True]).dictionary_encode()
    assert column_of(values)[0].describe("late").mean == pytest.approx(2 / 3)


@pytest.mark.parametrize("plain", [[0, 0], [-1, 2]])
def test_counts_that_cannot_be_are_refused(plain: list[int]) -> None:
    with pytest.raises(ValueError, match="false values"):
        Booleans.from_plain(plain)
