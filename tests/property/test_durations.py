"""Histograms of durations: exact under any merge, and quantiles within the stated error."""

from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from mltrace.durations import RELATIVE_ERROR, bucket_of, merged, quantile

durations = st.lists(st.integers(1, 10**15), min_size=1, max_size=200)


def _counts(values: list[int]) -> dict[int, int]:
    return merged({bucket_of(value): 1} for value in values)


@given(durations, durations, durations)
def test_counts_of_parts_add_up_to_those_of_the_whole(
    first: list[int], second: list[int], third: list[int]
) -> None:
    parts = [_counts(values) for values in (first, second, third)]
    whole = _counts(first + second + third)
    assert merged(parts) == whole
    assert merged([merged(parts[:2]), parts[2]]) == merged([parts[2], merged(parts[:2])]) == whole
    assert sum(whole.values()) == len(first) + len(second) + len(third)


@given(durations, st.floats(0, 1))
def test_a_quantile_is_within_the_stated_error_of_the_nearest_rank(
    values: list[int], share: float
) -> None:
    true = sorted(values)[max(1, math.ceil(share * len(values))) - 1]
    estimate = quantile(_counts(values), share)
    assert abs(estimate - true) <= RELATIVE_ERROR * true * (1 + 1e-9)


@given(st.integers(-5, 10**18), st.integers(-5, 10**18))
def test_longer_durations_are_never_in_a_lower_bucket(one: int, other: int) -> None:
    shorter, longer = sorted([one, other])
    assert 0 <= bucket_of(shorter) <= bucket_of(longer)
